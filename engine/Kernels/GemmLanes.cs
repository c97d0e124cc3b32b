using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Workbench.Engine;

/// <summary>What a matrix product needs of a vector register, whatever its width. T is float or double.</summary>
internal unsafe interface IGemmLanes<T, TVector> where T : unmanaged where TVector : unmanaged
{
    /// <summary>Elements in a register.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(T* source);

    static abstract void Store(TVector vector, T* target);

    static abstract TVector Broadcast(T value);

    /// <summary>x * y + z, with one rounding where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector x, TVector y, TVector z);

    /// <summary>A register made of 16-byte pieces, the next one <paramref name="step"/> elements after the last.</summary>
    static abstract TVector LoadPieces(T* source, long step);

    /// <summary>Within each 16-byte piece: the first halves' elements of x and y in turn.</summary>
    static abstract TVector ZipLow(TVector x, TVector y);

    /// <summary>Within each 16-byte piece: the second halves' elements of x and y in turn.</summary>
    static abstract TVector ZipHigh(TVector x, TVector y);

    /// <summary>Within each 16-byte piece: the first half of x, then the first half of y.</summary>
    static abstract TVector FirstHalves(TVector x, TVector y);

    /// <summary>Within each 16-byte piece: the second half of x, then the second half of y.</summary>
    static abstract TVector SecondHalves(TVector x, TVector y);
}

internal readonly unsafe struct GemmLanes512<T> : IGemmLanes<T, Vector512<T>> where T : unmanaged
{
    public static int Count => Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> vector, T* target) => vector.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> x, Vector512<T> y, Vector512<T> z) =>
        typeof(T) == typeof(float)
            ? Vector512.MultiplyAddEstimate(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Vector512.MultiplyAddEstimate(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadPieces(T* source, long step)
    {
        var pieces = Vector128.Load((float*)source).ToVector256Unsafe().ToVector512Unsafe();
        pieces = Avx512F.InsertVector128(pieces, Vector128.Load((float*)(source + step)), 1);
        pieces = Avx512F.InsertVector128(pieces, Vector128.Load((float*)(source + 2 * step)), 2);
        return Avx512F.InsertVector128(pieces, Vector128.Load((float*)(source + 3 * step)), 3).As<float, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ZipLow(Vector512<T> x, Vector512<T> y) =>
        Avx512F.UnpackLow(x.AsSingle(), y.AsSingle()).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ZipHigh(Vector512<T> x, Vector512<T> y) =>
        Avx512F.UnpackHigh(x.AsSingle(), y.AsSingle()).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FirstHalves(Vector512<T> x, Vector512<T> y) =>
        Avx512F.UnpackLow(x.AsDouble(), y.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> SecondHalves(Vector512<T> x, Vector512<T> y) =>
        Avx512F.UnpackHigh(x.AsDouble(), y.AsDouble()).As<double, T>();
}

internal readonly unsafe struct GemmLanes256<T> : IGemmLanes<T, Vector256<T>> where T : unmanaged
{
    public static int Count => Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load(T* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<T> vector, T* target) => vector.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd(Vector256<T> x, Vector256<T> y, Vector256<T> z) =>
        typeof(T) == typeof(float)
            ? Vector256.MultiplyAddEstimate(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Vector256.MultiplyAddEstimate(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LoadPieces(T* source, long step) =>
        Vector256.Create(Vector128.Load(source), Vector128.Load(source + step));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> ZipLow(Vector256<T> x, Vector256<T> y) =>
        Avx.UnpackLow(x.AsSingle(), y.AsSingle()).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> ZipHigh(Vector256<T> x, Vector256<T> y) =>
        Avx.UnpackHigh(x.AsSingle(), y.AsSingle()).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> FirstHalves(Vector256<T> x, Vector256<T> y) =>
        Avx.UnpackLow(x.AsDouble(), y.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> SecondHalves(Vector256<T> x, Vector256<T> y) =>
        Avx.UnpackHigh(x.AsDouble(), y.AsDouble()).As<double, T>();
}

internal readonly unsafe struct GemmLanes128<T> : IGemmLanes<T, Vector128<T>> where T : unmanaged
{
    public static int Count => Vector128<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Load(T* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<T> vector, T* target) => vector.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd(Vector128<T> x, Vector128<T> y, Vector128<T> z) =>
        typeof(T) == typeof(float)
            ? Vector128.MultiplyAddEstimate(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Vector128.MultiplyAddEstimate(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> LoadPieces(T* source, long step) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ZipLow(Vector128<T> x, Vector128<T> y) =>
        Vector128.Create(x.AsSingle()[0], y.AsSingle()[0], x.AsSingle()[1], y.AsSingle()[1]).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ZipHigh(Vector128<T> x, Vector128<T> y) =>
        Vector128.Create(x.AsSingle()[2], y.AsSingle()[2], x.AsSingle()[3], y.AsSingle()[3]).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> FirstHalves(Vector128<T> x, Vector128<T> y) =>
        Vector128.Create(x.GetLower(), y.GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> SecondHalves(Vector128<T> x, Vector128<T> y) =>
        Vector128.Create(x.GetUpper(), y.GetUpper());
}
