namespace Workbench.Libtorch;

/// <summary>Lets the loader go on without a symbol version that a library asks for and does not use.</summary>
public static class WeakVersions
{
    private const ushort VerFlgWeak = 2;

    /// <summary>
    /// Marks the needs of <paramref name="version"/> in <paramref name="image"/> as weak (VER_FLG_WEAK). Unless the answer is
    /// <see cref="Outcome.Marked"/>, the image is as it was.
    /// </summary>
    public static Outcome Mark(byte[] image, string version)
    {
        if (!ElfImage.HasFormat(image))
        {
            return Outcome.NotElf;
        }

        try
        {
            return Mark(new ElfImage(image), version);
        }
        catch (InvalidDataException)
        {
            return Outcome.Damaged;
        }
    }

    private static Outcome Mark(ElfImage elf, string version)
    {
        var needs = elf.VersionNeeds()
            .Where(need => need.Version == version && (need.Flags & VerFlgWeak) == 0)
            .ToList();
        if (needs.Count == 0)
        {
            return Outcome.NotNeeded;
        }

        var relocated = elf.RelocatedVersions();
        if (needs.Any(need => relocated.Contains(need.Index)))
        {
            return Outcome.Used;
        }

        needs.ForEach(need => elf.SetFlags(need, (ushort)(need.Flags | VerFlgWeak)));
        return Outcome.Marked;
    }
}
