using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Workbench.Engine;

internal static partial class VectorMath
{
    /// <summary>Sine and cosine of 2 pi k / 2^24 for 0 &lt;= k &lt; 2^24, within 2^-23 of the exact values: polynomials on an eighth of a turn either side of the nearest axis.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void SinCosOfTurns(Vector512<int> k, out Vector512<float> sine, out Vector512<float> cosine)
    {
        var axis = Vector512.ShiftRightLogical(k + Vector512.Create(1 << 21), 22);
        // In quarter turns from that axis, -1/2 to 1/2, exactly.
        var x = Vector512.ConvertToSingle(k - Vector512.ShiftLeft(axis, 22)) * Vector512.Create(1f / (1 << 22));
        var square = x * x;
        var s = Vector512.FusedMultiplyAdd(square, Vector512.Create(-0.004602177069f), Vector512.Create(0.07968022674f));
        s = Vector512.FusedMultiplyAdd(s, square, Vector512.Create(-0.64596349f));
        s = Vector512.FusedMultiplyAdd(s, square, Vector512.Create(1.57079637f)) * x;
        var c = Vector512.FusedMultiplyAdd(square, Vector512.Create(0.000904060551f), Vector512.Create(-0.02086030878f));
        c = Vector512.FusedMultiplyAdd(c, square, Vector512.Create(0.2536692619f));
        c = Vector512.FusedMultiplyAdd(c, square, Vector512.Create(-1.233700514f));
        c = Vector512.FusedMultiplyAdd(c, square, Vector512<float>.One);
        var swap = Vector512.Equals(axis & Vector512<int>.One, Vector512<int>.One).AsSingle();
        sine = Negated(Vector512.ConditionalSelect(swap, c, s), axis);
        cosine = Negated(Vector512.ConditionalSelect(swap, s, c), axis + Vector512<int>.One);
    }

    /// <summary>-x in the lanes whose axis has bit 1 set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Negated(Vector512<float> x, Vector512<int> axis) =>
        (x.AsInt32() ^ Vector512.ShiftLeft(axis & Vector512.Create(2), 30)).AsSingle();
}
