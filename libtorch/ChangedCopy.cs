namespace Workbench.Libtorch;

/// <summary>Copies of files with a change.</summary>
public static class ChangedCopy
{
    /// <summary>
    /// Copies <paramref name="source"/>, changed, to <paramref name="target"/>, which is replaced whole by a rename, its folder
    /// made. The source is only read; <paramref name="target"/> may be a link to it.
    /// </summary>
    /// <returns>What <paramref name="change"/> returned.</returns>
    public static T Make<T>(string source, string target, Func<byte[], T> change)
    {
        byte[] image = File.ReadAllBytes(source);
        var outcome = change(image);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
        string temporary = $"{target}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllBytes(temporary, image);
            File.Move(temporary, target, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }

        return outcome;
    }
}
