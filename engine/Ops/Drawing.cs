using static TorchSharp.torch;

namespace Workbench.Engine;

/// <summary>From a generator's counter to tensors; in no scope.</summary>
internal static unsafe class Drawing
{
    internal static Tensor Uniform(long[] size, ScalarType type, Generator? generator)
    {
        using var timing = Profile.Time("rand");
        var y = Floating("rand", size, type);
        var (seed, at) = Take(generator, y);
        if (type == ScalarType.Float32) Philox.Uniform(y.Data<float>(), y.numel(), seed, at);
        else Philox.Uniform(y.Data<double>(), y.numel(), seed, at);
        return y;
    }

    internal static Tensor Normal(long[] size, ScalarType type, Generator? generator)
    {
        using var timing = Profile.Time("randn");
        var y = Floating("randn", size, type);
        var (seed, at) = Take(generator, y);
        if (type == ScalarType.Float32) Philox.Normal(y.Data<float>(), y.numel(), seed, at);
        else Philox.Normal(y.Data<double>(), y.numel(), seed, at);
        return y;
    }

    internal static Tensor Integers(long[] size, long low, long high, Generator? generator)
    {
        using var timing = Profile.Time("randint");
        var y = Tensor.Allocate([.. size], ScalarType.Int64);
        var (seed, at) = Take(generator, y);
        Philox.Integers(y.Data<long>(), y.numel(), low, high, seed, at);
        return y;
    }

    internal static Tensor Permutation(long n, Generator? generator)
    {
        using var timing = Profile.Time("randperm");
        var y = Tensor.Allocate([n], ScalarType.Int64);
        var (seed, at) = Take(generator, y);
        Philox.Permutation(y.Data<long>(), n, seed, at);
        return y;
    }

    /// <summary>1 where a draw lies below the probability, else 0.</summary>
    internal static Tensor Hits(Tensor p, Generator? generator)
    {
        Probabilities.Check("bernoulli", p);
        using var scope = NewDisposeScope();
        using var recording = no_grad();
        return Uniform(p.sizes, p.dtype, generator).Enter().lt(p).to_type(p.dtype).DetachFromDisposeScope();
    }

    private static Tensor Floating(string op, long[] size, ScalarType type) =>
        Types.IsFloating(type) ? Tensor.Allocate([.. size], type) : throw Pointwise.NotFloating(op, type);

    private static (ulong Seed, ulong Offset) Take(Generator? generator, Tensor y) =>
        (generator ?? Generator.Default).Take(Philox.Advance(y.numel()));
}
