using Workbench.Engine;

namespace TorchSharp;

/// <content>Random tensors. Without a generator the default one is drawn from (<see cref="manual_seed"/>).</content>
public static partial class torch
{
    public static Tensor rand(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Made(Drawing.Uniform(size, dtype ?? ScalarType.Float32, generator), requires_grad);

    public static Tensor rand(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand([size], dtype, device, requires_grad, generator);

    public static Tensor rand(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand([rows, columns], dtype, device, requires_grad, generator);

    public static Tensor rand(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand([dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator);

    /// <summary>Numbers from N(0, 1).</summary>
    public static Tensor randn(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Made(Drawing.Normal(size, dtype ?? ScalarType.Float32, generator), requires_grad);

    public static Tensor randn(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn([size], dtype, device, requires_grad, generator);

    public static Tensor randn(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn([rows, columns], dtype, device, requires_grad, generator);

    public static Tensor randn(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn([dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator);

    /// <summary>Whole numbers from low to high - 1, each as likely.</summary>
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        if (high <= low) throw new ArgumentException($"randint: no whole number lies from {low} to below {high}");
        var numbers = Drawing.Integers(size, low, high, generator).Enter();
        return dtype is null or ScalarType.Int64 ? numbers : numbers.to_type(dtype.Value);
    }

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator);

    /// <summary>0 to n - 1 in random order.</summary>
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        var order = Drawing.Permutation(n, generator).Enter();
        return dtype is null or ScalarType.Int64 ? order : order.to_type(dtype.Value);
    }

    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        rand(input.sizes, dtype ?? input.dtype, device, requires_grad);

    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        randn(input.sizes, dtype ?? input.dtype, device, requires_grad);

    /// <summary>1 with the probability that each element gives, else 0.</summary>
    public static Tensor bernoulli(Tensor input, Generator? generator = null) => input.bernoulli(generator);

    public partial class Tensor
    {
        public Tensor bernoulli(Generator? generator = null)
        {
            if (!is_floating_point()) throw Pointwise.NotFloating("bernoulli", this);
            using var scope = NewDisposeScope();
            using var recording = torch.no_grad();
            return rand(sizes, type, generator: generator).lt(this).to_type(type).MoveToOuterDisposeScope();
        }

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
            copy_(rand(sizes, is_floating_point() ? type : ScalarType.Float32, generator: generator).lt(p));

        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            copy_(randn(sizes, type, generator: generator).mul(std).add(mean));

        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            copy_(rand(sizes, type, generator: generator).mul(to - from).add(from));
    }
}
