using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Workbench.Libtorch;

/// <summary>Keeps what an assembly's methods hand to native code alive until they return.</summary>
public static class Lifetimes
{
    // A row of MethodDef begins with the method's address (4 bytes), then come its flags (2 bytes): ECMA-335, II.22.26.
    private const int FlagsOffset = 4;

    /// <summary>
    /// Marks every method of the assembly in <paramref name="image"/> that has a body as NoOptimization. In optimised code the
    /// collector may take an object as soon as its handle has been read, before the native call that got the handle is over;
    /// without optimisation, arguments and locals live as long as their method runs.
    /// </summary>
    /// <returns>How many methods were marked, those that were before not counted.</returns>
    /// <exception cref="BadImageFormatException">Not an image of .NET.</exception>
    public static int Keep(byte[] image)
    {
        using var file = new PEReader(new MemoryStream(image, writable: false));
        if (!file.HasMetadata)
        {
            throw new BadImageFormatException("no assembly of .NET");
        }

        var metadata = file.GetMetadataReader();
        int table = file.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.MethodDef);
        int row = metadata.GetTableRowSize(TableIndex.MethodDef);
        var bodies = metadata.MethodDefinitions
            .Where(method => metadata.GetMethodDefinition(method).RelativeVirtualAddress != 0)
            .Select(method => table + ((MetadataTokens.GetRowNumber(method) - 1) * row) + FlagsOffset)
            .ToList();
        return bodies.Count(flags => Mark(image.AsSpan(flags, sizeof(ushort))));
    }

    private static bool Mark(Span<byte> place)
    {
        var flags = (MethodImplAttributes)BitConverter.ToUInt16(place);
        BitConverter.TryWriteBytes(place, (ushort)(flags | MethodImplAttributes.NoOptimization));
        return !flags.HasFlag(MethodImplAttributes.NoOptimization);
    }
}
