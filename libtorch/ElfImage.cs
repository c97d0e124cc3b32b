using System.Buffers.Binary;
using System.Text;

namespace Workbench.Libtorch;

/// <summary>
/// A 64-bit little-endian ELF image, read as the loader reads it: by segments and the dynamic table. Whatever lies outside the
/// image raises <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class ElfImage
{
    private const uint LoadSegment = 1;
    private const uint DynamicSegment = 2;
    private const int ProgramHeaderSize = 56;
    private const int RelSize = 16;
    private const int RelaSize = 24;

    private readonly byte[] bytes;
    private readonly List<Segment> segments;
    private readonly Dictionary<Tag, ulong> dynamic = [];

    public ElfImage(byte[] bytes)
    {
        this.bytes = bytes;
        ulong table = UInt64(32);
        uint entrySize = UInt16(54), count = UInt16(56);
        segments = [.. Enumerable.Range(0, (int)count).Select(index => SegmentAt(table + (ulong)index * entrySize))];
        foreach (var segment in segments.Where(segment => segment.Type == DynamicSegment))
        {
            ReadDynamic(segment);
        }
    }

    /// <summary>A need of one version of another library's symbols, at its place in the image.</summary>
    public readonly record struct VersionNeed(ulong Position, string Version, ushort Flags, ushort Index);

    private readonly record struct Segment(uint Type, ulong Position, ulong Address, ulong Size);

    /// <summary>Names as in elf.h, without DT_.</summary>
    private enum Tag : ulong
    {
        Null = 0,
        PltRelSz = 2,
        StrTab = 5,
        Rela = 7,
        RelaSz = 8,
        Rel = 17,
        RelSz = 18,
        PltRel = 20,
        JmpRel = 23,
        VerSym = 0x6ffffff0,
        VerNeed = 0x6ffffffe,
        VerNeedNum = 0x6fffffff,
    }

    public static bool HasFormat(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]);

    /// <summary>All entries of .gnu.version_r.</summary>
    public IEnumerable<VersionNeed> VersionNeeds()
    {
        if (!dynamic.TryGetValue(Tag.VerNeed, out ulong address))
        {
            yield break;
        }

        var libraries = Linked(PositionOf(address), Value(Tag.VerNeedNum));
        var needs = libraries.SelectMany(library => Linked(library + UInt32(library + 8), UInt16(library + 2)));
        foreach (ulong need in needs)
        {
            yield return new(need, Text(UInt32(need + 8)), UInt16(need + 4), UInt16(need + 6));
        }
    }

    /// <summary>The versions, as indices, of the symbols that relocations refer to.</summary>
    public HashSet<ushort> RelocatedVersions()
    {
        int pltEntry = dynamic.GetValueOrDefault(Tag.PltRel) == (ulong)Tag.Rel ? RelSize : RelaSize;
        return
        [
            .. RelocatedSymbols(Tag.Rela, Tag.RelaSz, RelaSize).Select(VersionOf),
            .. RelocatedSymbols(Tag.Rel, Tag.RelSz, RelSize).Select(VersionOf),
            .. RelocatedSymbols(Tag.JmpRel, Tag.PltRelSz, pltEntry).Select(VersionOf),
        ];
    }

    public void SetFlags(VersionNeed need, ushort flags) =>
        BinaryPrimitives.WriteUInt16LittleEndian(At(need.Position + 4, 2), flags);

    /// <summary>The positions of entries of .gnu.version_r: each tells how far on the next one is, the last one 0.</summary>
    private IEnumerable<ulong> Linked(ulong position, ulong count)
    {
        uint next = 1;
        for (ulong left = count; left > 0 && next > 0; left--)
        {
            yield return position;
            next = UInt32(position + 12);
            position += next;
        }
    }

    private IEnumerable<ulong> RelocatedSymbols(Tag table, Tag size, int entrySize)
    {
        if (!dynamic.TryGetValue(table, out ulong address))
        {
            yield break;
        }

        ulong first = PositionOf(address);
        for (ulong entry = 0; entry < Value(size) / (ulong)entrySize; entry++)
        {
            yield return UInt64(first + entry * (ulong)entrySize + 8) >> 32;
        }
    }

    /// <summary>Without the bit that hides a symbol from the static linker.</summary>
    private ushort VersionOf(ulong symbol) =>
        (ushort)(UInt16(PositionOf(Value(Tag.VerSym)) + 2 * symbol) & 0x7fff);

    private Segment SegmentAt(ulong position)
    {
        At(position, ProgramHeaderSize);
        return new(UInt32(position), UInt64(position + 8), UInt64(position + 16), UInt64(position + 32));
    }

    private void ReadDynamic(Segment segment)
    {
        for (ulong entry = 0; entry < segment.Size / 16; entry++)
        {
            ulong position = segment.Position + entry * 16;
            var tag = (Tag)UInt64(position);
            if (tag == Tag.Null)
            {
                return;
            }

            dynamic[tag] = UInt64(position + 8);
        }
    }

    private ulong Value(Tag tag) =>
        dynamic.TryGetValue(tag, out ulong value) ? value : throw new InvalidDataException($"there is no DT_{tag}");

    private ulong PositionOf(ulong address)
    {
        foreach (var segment in segments)
        {
            if (segment.Type == LoadSegment && address >= segment.Address && address - segment.Address < segment.Size)
            {
                return segment.Position + (address - segment.Address);
            }
        }

        throw new InvalidDataException($"address {address:x} is in no segment");
    }

    private string Text(uint offset)
    {
        ulong start = PositionOf(Value(Tag.StrTab)) + offset;
        At(start, 1);
        var rest = bytes.AsSpan((int)start);
        int end = rest.IndexOf((byte)0);
        return end >= 0 ? Encoding.Latin1.GetString(rest[..end]) : throw new InvalidDataException("a name has no end");
    }

    private ushort UInt16(ulong position) => BinaryPrimitives.ReadUInt16LittleEndian(At(position, 2));

    private uint UInt32(ulong position) => BinaryPrimitives.ReadUInt32LittleEndian(At(position, 4));

    private ulong UInt64(ulong position) => BinaryPrimitives.ReadUInt64LittleEndian(At(position, 8));

    private Span<byte> At(ulong position, int length) =>
        position <= (ulong)bytes.Length && (ulong)length <= (ulong)bytes.Length - position
            ? bytes.AsSpan((int)position, length)
            : throw new InvalidDataException($"position {position} is outside the image");
}
