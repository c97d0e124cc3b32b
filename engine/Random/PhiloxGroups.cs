using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Workbench.Engine;

internal static unsafe partial class Philox
{
    const int Rounds = 10, BlocksInGroup = 8, WordsInGroup = 32, GroupsInChunk = 128;
    const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57, Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>What becomes of a group's 32 words: as many results as fill two vectors.</summary>
    interface IDraw<T> where T : unmanaged
    {
        /// <summary>The fast form, from words 0 to 15 and 16 to 31.</summary>
        void Invoke(Vector512<uint> low, Vector512<uint> high, T* y);

        /// <summary>The specification.</summary>
        void Invoke(uint* words, T* y);
    }

    /// <summary>The fast form of a draw that has none.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Plainly<T, TDraw>(TDraw draw, Vector512<uint> low, Vector512<uint> high, T* y) where T : unmanaged where TDraw : unmanaged, IDraw<T>
    {
        uint* words = stackalloc uint[WordsInGroup];
        low.Store(words);
        high.Store(words + WordsInGroup / 2);
        draw.Invoke(words, y);
    }

    static void Fill<T, TDraw>(T* y, long n, ulong seed, ulong offset, TDraw draw) where T : unmanaged where TDraw : unmanaged, IDraw<T>
    {
        long size = GroupsInChunk * GroupSize<T>();
        Workers.For((int)((n + size - 1) / size), new FillJob<T, TDraw>(y, n, seed, offset, draw));
    }

    /// <summary>Results that a group makes.</summary>
    static long GroupSize<T>() where T : unmanaged => 2 * Vector512<T>.Count;

    readonly struct FillJob<T, TDraw>(T* y, long n, ulong seed, ulong offset, TDraw draw) : IJob where T : unmanaged where TDraw : unmanaged, IDraw<T>
    {
        [MethodImpl(Kernel.Loop)]
        public void Run(int chunk)
        {
            ulong* keys = stackalloc ulong[2 * Rounds];
            T* partial = stackalloc T[2 * Vector512<T>.Count];
            uint* words = stackalloc uint[WordsInGroup];
            Schedule(keys, seed);
            long size = GroupSize<T>(), group = (long)chunk * GroupsInChunk;
            for (long end = Math.Min(group + GroupsInChunk, (n + size - 1) / size); group < end; group++)
            {
                T* to = (group + 1) * size <= n ? y + group * size : partial;
                ulong counter = offset + (ulong)group * BlocksInGroup;
                if (Simd.Enabled)
                {
                    Group(counter, keys, out var low, out var high);
                    draw.Invoke(low, high, to);
                }
                else
                {
                    ReferenceGroup(counter, seed, words);
                    draw.Invoke(words, to);
                }
                if (to == partial) new Span<T>(partial, (int)(n - group * size)).CopyTo(new Span<T>(y + group * size, (int)size));
            }
        }
    }

    /// <summary>The two words of key for each round.</summary>
    static void Schedule(ulong* keys, ulong seed)
    {
        var (k0, k1) = ((uint)seed, (uint)(seed >> 32));
        for (int round = 0; round < Rounds; round++, k0 += Weyl0, k1 += Weyl1)
            (keys[2 * round], keys[2 * round + 1]) = (k0, k1);
    }

    /// <summary>Eight blocks side by side. A lane holds a word of the state in its low half; what stands in the high half is never looked at.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Group(ulong counter, ulong* keys, out Vector512<uint> low, out Vector512<uint> high)
    {
        var c0 = Vector512.Create(counter) + Vector512<ulong>.Indices;
        var c1 = Vector512.ShiftRightLogical(c0, 32);
        var c2 = Vector512<ulong>.Zero;
        var c3 = Vector512<ulong>.Zero;
        for (int round = 0; round < Rounds; round++)
        {
            var p0 = Multiply(c0, Multiplier0);
            var p1 = Multiply(c2, Multiplier1);
            c0 = Vector512.ShiftRightLogical(p1, 32) ^ c1 ^ Vector512.Create(keys[2 * round]);
            c2 = Vector512.ShiftRightLogical(p0, 32) ^ c3 ^ Vector512.Create(keys[2 * round + 1]);
            (c1, c3) = (p1, p0);
        }
        var half = Vector512.Create((ulong)uint.MaxValue);
        low = ((c0 & half) | Vector512.ShiftLeft(c1, 32)).AsUInt32();
        high = ((c2 & half) | Vector512.ShiftLeft(c3, 32)).AsUInt32();
    }

    /// <summary>The 64-bit products of the lanes' low halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<ulong> Multiply(Vector512<ulong> x, ulong y)
    {
        if (Avx512F.IsSupported) return Avx512F.Multiply(x.AsUInt32(), Vector512.Create(y).AsUInt32());
        if (!Avx2.IsSupported) return (x & Vector512.Create((ulong)uint.MaxValue)) * Vector512.Create(y);
        var factor = Vector256.Create(y).AsUInt32();
        return Vector512.Create(Avx2.Multiply(x.GetLower().AsUInt32(), factor), Avx2.Multiply(x.GetUpper().AsUInt32(), factor));
    }

    /// <summary>The same 32 words, block by block.</summary>
    static void ReferenceGroup(ulong counter, ulong seed, uint* words)
    {
        Span<uint> key = [(uint)seed, (uint)(seed >> 32)], output = stackalloc uint[4];
        for (int block = 0; block < BlocksInGroup; block++)
        {
            ulong own = counter + (ulong)block;
            Block([(uint)own, (uint)(own >> 32), 0, 0], key, output);
            output[..2].CopyTo(new Span<uint>(words + 2 * block, 2));
            output[2..].CopyTo(new Span<uint>(words + WordsInGroup / 2 + 2 * block, 2));
        }
    }
}
