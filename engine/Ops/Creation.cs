using Workbench.Engine;

namespace TorchSharp;

/// <content>New tensors from nothing or from arrays. Where no type is given it is float32.</content>
public static partial class torch
{
    /// <summary>A tensor that operations made, or a caller wants: in the current scope, watched if asked.</summary>
    private static Tensor Made(Tensor tensor, bool requires_grad)
    {
        if (requires_grad) tensor.requires_grad = true;
        return tensor.Enter();
    }

    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Made(Tensor.Allocate((long[])size.Clone(), dtype ?? ScalarType.Float32), requires_grad);

    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Made(Filled(size, dtype ?? ScalarType.Float32, 0), requires_grad);

    public static Tensor ones(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Made(Filled(size, dtype ?? ScalarType.Float32, 1), requires_grad);

    /// <summary>One number everywhere: float32, or int64 where it is whole or a bool.</summary>
    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Made(Filled(size, dtype ?? (Types.IsFloating(value.Type) ? ScalarType.Float32 : ScalarType.Int64), value), requires_grad);

    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        empty(input.sizes, dtype ?? input.dtype, device, requires_grad);

    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        zeros(input.sizes, dtype ?? input.dtype, device, requires_grad);

    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        ones(input.sizes, dtype ?? input.dtype, device, requires_grad);

    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        full(input.sizes, value, dtype ?? input.dtype, device, requires_grad);

    /// <summary>start, start + step, ... before stop; whole numbers unless a bound or the step is floating.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        if (step.Real == 0 || Math.Sign(stop.Real - start.Real) * Math.Sign(step.Real) < 0)
            throw new ExternalException($"arange: steps of {step.Real} do not lead from {start.Real} to {stop.Real}");
        var floating = Types.IsFloating(start.Type) || Types.IsFloating(stop.Type) || Types.IsFloating(step.Type);
        var values = new double[(long)Math.Ceiling((stop.Real - start.Real) / step.Real)];
        for (var i = 0; i < values.Length; i++) values[i] = start.Real + i * step.Real;
        return From(values, dtype ?? (floating ? ScalarType.Float32 : ScalarType.Int64), requires_grad);
    }

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    /// <summary>Evenly spaced numbers, both ends included.</summary>
    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        if (steps < 0) throw new ExternalException($"linspace: {steps} numbers cannot be");
        var values = new double[steps];
        for (var i = 0; i < steps; i++) values[i] = i == steps - 1 && steps > 1 ? end : start + i * (end - start) / Math.Max(1, steps - 1);
        return From(values, dtype ?? ScalarType.Float32, requires_grad);
    }

    /// <summary>Ones on the diagonal of a matrix of zeros.</summary>
    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        if (rows < 0) throw new ExternalException($"eye: a matrix has no {rows} rows");
        var values = new double[rows, columns < 0 ? rows : columns];
        for (var i = 0; i < Math.Min(values.GetLength(0), values.GetLength(1)); i++) values[i, i] = 1;
        return From(values, dtype ?? ScalarType.Float32, requires_grad);
    }

    /// <summary>A copy of an array of any rank; the element type is the array's.</summary>
    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        From(rawArray, dtype, requires_grad);

    public static Tensor tensor(float scalar, Device? device = null, bool requires_grad = false) => Number(scalar, null, requires_grad);
    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Number(scalar, dtype, requires_grad);
    public static Tensor tensor(byte scalar, Device? device = null, bool requires_grad = false) => Number(scalar, null, requires_grad);
    public static Tensor tensor(int scalar, Device? device = null, bool requires_grad = false) => Number(scalar, null, requires_grad);
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Number(scalar, dtype, requires_grad);
    public static Tensor tensor(bool scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Number(scalar, dtype, requires_grad);
    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(double[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(dataArray, dtype, requires_grad);
    public static Tensor tensor(int[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(bool[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(float[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(double[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(long[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(int[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(bool[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(byte[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(byte[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(float[,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(double[,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(float[,,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);
    public static Tensor tensor(double[,,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => From(rawArray, dtype, requires_grad);

    private static Tensor Number(Scalar value, ScalarType? dtype, bool requires_grad) =>
        Made(Filled([], dtype ?? value.Type, value), requires_grad);

    private static unsafe Tensor From(Array array, ScalarType? dtype, bool requires_grad)
    {
        var shape = new long[array.Rank];
        for (var d = 0; d < shape.Length; d++) shape[d] = array.GetLongLength(d);
        var raw = Tensor.Allocate(shape, Types.Of(array.GetType().GetElementType()!));
        fixed (byte* source = &System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(array))
            System.Buffer.MemoryCopy(source, raw.Data<byte>(), raw.numel() * raw.ElementSize, raw.numel() * raw.ElementSize);
        if (dtype == null || dtype == raw.dtype) return Made(raw, requires_grad);
        using (raw)
        {
            var converted = Tensor.Allocate(shape, dtype.Value);
            Copying.Copy(raw, converted);
            return Made(converted, requires_grad);
        }
    }

    /// <summary>A tensor of one number, in no scope.</summary>
    internal static Tensor Filled(long[] size, ScalarType type, Scalar value)
    {
        var result = Tensor.Allocate((long[])size.Clone(), type);
        Filling.Fill(result, value);
        return result;
    }
}
