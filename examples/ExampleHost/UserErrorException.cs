namespace ExampleHost;

/// <summary>What the user asked for cannot be: the message says why in one sentence.</summary>
public class UserErrorException(string message) : Exception(message);

/// <summary>A file of the user's has a mistake: the message names file and line.</summary>
/// <param name="path">The file as the user called it.</param>
/// <param name="line">The line, from 1; 0 where the whole file is meant.</param>
/// <param name="message">What is wrong there.</param>
public sealed class FileErrorException(string path, int line, string message) : UserErrorException(line > 0 ? $"{path}:{line}: {message}" : $"{path}: {message}")
{
    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>The line, from 1; 0 where the whole file is meant.</summary>
    public int Line => line;
}
