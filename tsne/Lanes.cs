namespace Workbench.NeighbourEmbedding;

/// <summary>Vectors of eight numbers, whatever the processor's width, so that sums have the same bits everywhere.</summary>
internal static class Lanes
{
    public const int Count = 8;

    /// <summary>So many numbers, filled up to whole vectors.</summary>
    public static int Padded(int count) => (count + Count - 1) / Count * Count;

    /// <summary>Numbers, a multiple of eight of them, as vectors.</summary>
    public static Span<Vector256<float>> Of(Span<float> numbers) => MemoryMarshal.Cast<float, Vector256<float>>(numbers);

    public static ReadOnlySpan<Vector256<float>> Of(ReadOnlySpan<float> numbers) => MemoryMarshal.Cast<float, Vector256<float>>(numbers);

    /// <summary>The sum of the lanes, in an order that is always the same.</summary>
    public static float Sum(Vector256<float> values)
    {
        var half = values.GetLower() + values.GetUpper();
        return half[0] + half[2] + (half[1] + half[3]);
    }
}
