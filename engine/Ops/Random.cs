using Workbench.Engine;

namespace TorchSharp;

/// <content>Random tensors. Without a generator the default one is drawn from (<see cref="manual_seed"/>).</content>
public static partial class torch
{
    public static Tensor rand(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Made(Drawing.Uniform(size, Floating("rand", dtype), generator), requires_grad);

    /// <summary>Numbers from N(0, 1).</summary>
    public static Tensor randn(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Made(Drawing.Normal(size, Floating("randn", dtype), generator), requires_grad);

    private static ScalarType Floating(string op, ScalarType? dtype) =>
        dtype is not { } type ? ScalarType.Float32
        : Types.IsFloating(type) ? type
        : throw new ArgumentException($"{op}: draws floating-point numbers, not {type}", nameof(dtype));

    /// <summary>Whole numbers from low to high - 1, each as likely.</summary>
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        if (high <= low) throw new ExternalException($"randint: no whole number lies from {low} to below {high}");
        CheckRange(low, dtype, nameof(low));
        CheckRange(high - 1, dtype, nameof(high));
        var numbers = Drawing.Integers(size, low, high, generator).Enter();
        return dtype is null or ScalarType.Int64 ? numbers : numbers.to_type(dtype.Value);
    }

    private static void CheckRange(long value, ScalarType? dtype, string bound)
    {
        if (dtype == ScalarType.Bool && value is < 0 or > 1) throw new ExternalException($"randint: {value} is outside the range of {dtype}");
        var (least, most) = dtype switch
        {
            ScalarType.Byte => (byte.MinValue, byte.MaxValue),
            ScalarType.Int32 => (int.MinValue, int.MaxValue),
            _ => (long.MinValue, long.MaxValue),
        };
        if (value < least || value > most) throw new ArgumentOutOfRangeException(bound, value, $"randint: outside the range of {dtype}");
    }

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator);

    public static Tensor randint(int low, int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(low, high, Array.ConvertAll(size, one => (long)one), dtype, device, requires_grad, generator);

    public static Tensor randint(int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator);

    /// <summary>0 to n - 1 in random order.</summary>
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        var order = Drawing.Permutation(n, generator).Enter();
        return dtype is null or ScalarType.Int64 ? order : order.to_type(dtype.Value);
    }

    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Drawing.Uniform(input.sizes, dtype ?? input.dtype, null), requires_grad);

    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Drawing.Normal(input.sizes, dtype ?? input.dtype, null), requires_grad);

    /// <summary>1 with the probability that each element gives, else 0.</summary>
    public static Tensor bernoulli(Tensor input, Generator? generator = null) => input.bernoulli(generator);

    public partial class Tensor
    {
        /// <summary>1 with the probability that each element gives, else 0; the gradient is 0.</summary>
        public Tensor bernoulli(Generator? generator = null) =>
            Node.Record("bernoulli", Drawing.Hits(this, generator), static (node, g) => node.Give(0, zeros_like(g)), [this]);

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null)
        {
            if (p is not (>= 0 and <= 1)) throw new ExternalException($"bernoulli_: {p} is no probability");
            using var scope = NewDisposeScope();
            return copy_(Drawing.Uniform(sizes, is_floating_point() ? type : ScalarType.Float32, generator).Enter().lt(p));
        }

        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null)
        {
            if (std is not >= 0) throw new ExternalException($"normal_: {std} is no standard deviation");
            using var scope = NewDisposeScope();
            return copy_(Drawing.Normal(sizes, type, generator).Enter().mul(std).add(mean));
        }

        public Tensor uniform_(double from, double to, Generator? generator = null)
        {
            if (from > to) throw new ExternalException($"uniform_: no number lies from {from} to below {to}");
            using var scope = NewDisposeScope();
            return copy_(Drawing.Uniform(sizes, type, generator).Enter().mul(to - from).add(from));
        }
    }
}
