namespace Workbench.NeighbourEmbedding;

/// <summary>Random numbers by counter: number <c>at</c> of a seed depends on nothing else and is the same on every platform.</summary>
internal static class Noise
{
    /// <summary>Mean 0, variance 1, nearly normal, within 3.5: four uniform numbers of 16 bits added up. No logarithm is involved, whose
    /// last bit may differ between platforms.</summary>
    public static double Bell(int seed, int at)
    {
        var bits = Mix(Mix((ulong)seed) + (ulong)at * 0x9E3779B97F4A7C15);
        var sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
        return ((sum + 2) / 65536.0 - 2) * Math.Sqrt(3);
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): near inputs give far outputs.</summary>
    private static ulong Mix(ulong z)
    {
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
