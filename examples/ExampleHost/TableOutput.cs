using System.Globalization;

namespace ExampleHost;

/// <summary>Shows the table: on a terminal in one place, again and again; elsewhere as plain lines, each with its time.</summary>
/// <param name="output">Where to.</param>
/// <param name="window">Tells the terminal's size, which may change; <see langword="null"/> where there is no terminal.</param>
public sealed class TableOutput(TextWriter output, Func<(int Columns, int Lines)>? window) : IDisposable
{
    private const string HideCursor = "\e[?25l";
    private const string ShowCursor = "\e[?25h";
    private const string ClearToEnd = "\e[J";

    private int _linesOnScreen;

    public static TableOutput ToConsole() => new(Console.Out, Console.IsOutputRedirected ? null : () => (Console.WindowWidth, Console.WindowHeight));

    public void Show(IReadOnlyList<string> lines, TimeSpan time)
    {
        if (window is null)
        {
            foreach (string line in lines)
            {
                output.WriteLine($"{time.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture)}  {line}");
            }

            return;
        }

        List<string> visible = Fit(lines, window());
        string back = _linesOnScreen > 0 ? $"\e[{_linesOnScreen}F" : HideCursor;
        output.Write($"{back}{ClearToEnd}{string.Concat(visible.Select(line => line + Environment.NewLine))}");
        _linesOnScreen = visible.Count;
    }

    public void Dispose()
    {
        if (_linesOnScreen > 0)
        {
            try
            {
                output.WriteLine(ShowCursor); // a line of its own for what comes next: the terminal has shown ^C on this one
            }
            catch (IOException)
            {
                // The terminal went away, and its cursor with it.
            }
        }
    }

    /// <summary>A frame that is larger than the window could not be overwritten. The last line stays: it is about all of them.</summary>
    private static List<string> Fit(IReadOnlyList<string> lines, (int Columns, int Lines) size)
    {
        // A serial line does not know: it says 0.
        int height = Math.Max((size.Lines > 0 ? size.Lines : 24) - 2, 1);
        int width = Math.Max((size.Columns > 0 ? size.Columns : 80) - 1, 1);
        List<string> visible = [.. lines];
        if (lines.Count > height)
        {
            int last = height > 2 ? 1 : 0;
            visible = [.. lines.Take(height - 1 - last), $"… and {lines.Count - height + 1} more", .. lines.TakeLast(last)];
        }

        return [.. visible.Select(line => line.Length > width ? $"{line[..(width - 1)]}…" : line)];
    }
}
