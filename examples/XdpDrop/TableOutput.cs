using System.Globalization;

namespace XdpDrop;

/// <summary>Shows the table: on a terminal in one place, again and again; elsewhere as plain lines, each with its time.</summary>
internal sealed class TableOutput(TextWriter output, bool isTerminal) : IDisposable
{
    private const string HideCursor = "\e[?25l";
    private const string ShowCursor = "\e[?25h";
    private const string ClearToEnd = "\e[J";

    private int _linesOnScreen;

    internal static TableOutput ToConsole() => new(Console.Out, !Console.IsOutputRedirected);

    internal void Show(IReadOnlyList<string> lines, TimeSpan time)
    {
        if (!isTerminal)
        {
            foreach (string line in lines)
            {
                output.WriteLine($"{time.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture)}  {line}");
            }

            return;
        }

        List<string> visible = Fit(lines);
        string back = _linesOnScreen > 0 ? $"\e[{_linesOnScreen}F" : HideCursor;
        output.Write($"{back}{ClearToEnd}{string.Concat(visible.Select(line => line + Environment.NewLine))}");
        _linesOnScreen = visible.Count;
    }

    public void Dispose()
    {
        if (_linesOnScreen > 0)
        {
            output.WriteLine(ShowCursor); // a line of its own for what comes next: the terminal has shown ^C on this one
        }
    }

    /// <summary>A frame that is larger than the window could not be overwritten.</summary>
    private static List<string> Fit(IReadOnlyList<string> lines)
    {
        int height = Math.Max(Console.WindowHeight - 2, 3);
        int width = Math.Max(Console.WindowWidth - 1, 20);
        List<string> visible = [.. lines.Take(height).Select(line => line.Length > width ? line[..width] : line)];
        if (lines.Count > height)
        {
            visible[^1] = $"… and {lines.Count - height + 1} more";
        }

        return visible;
    }
}
