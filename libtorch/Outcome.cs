namespace Workbench.Libtorch;

/// <summary>What became of a library's need of a symbol version.</summary>
public enum Outcome
{
    /// <summary>The need is now weak: the loader goes on without the version.</summary>
    Marked,

    /// <summary>There is no such need, or it was weak before.</summary>
    NotNeeded,

    /// <summary>A relocation refers to a symbol of the version: without it the library would fail later and worse.</summary>
    Used,

    /// <summary>Not a 64-bit little-endian ELF image.</summary>
    NotElf,

    /// <summary>An ELF image with a table that lies outside the file.</summary>
    Damaged,
}
