namespace Workbench.Engine;

/// <summary>
/// How up to four operands of one shape are walked: adjacent dimensions that every operand steps through evenly become
/// one; the last is the inner loop, and the others number its rows.
/// </summary>
internal unsafe struct Strided
{
    internal const int MaxRank = 8;
    internal const int Operands = 4;

    private int outerRank;
    private fixed long sizes[MaxRank];
    private fixed long steps[MaxRank * Operands];
    private fixed long innerSteps[Operands];

    /// <summary>Elements of the inner loop.</summary>
    internal long Inner { get; private set; }

    /// <summary>How often the inner loop runs.</summary>
    internal long Rows { get; private set; }

    internal long InnerStep(int operand) => innerSteps[operand];

    internal static Strided Of(long[] shape, ReadOnlySpan<long[]> strides)
    {
        if (shape.Length > MaxRank) throw new NotSupportedException($"tensors have at most {MaxRank} dimensions here, not {shape.Length}");
        var walk = new Strided { Inner = 1, Rows = 1 };
        var rank = 0;
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            if (shape[d] == 1) continue;
            if (rank > 0 && walk.Extends(rank - 1, shape, d, strides)) walk.sizes[rank - 1] *= shape[d];
            else walk.Push(rank++, shape[d], d, strides);
        }
        walk.SplitInner(rank, strides.Length);
        return walk;
    }

    /// <summary>The offset, in elements, at which an operand's row begins.</summary>
    internal readonly long RowOffset(int operand, long row)
    {
        var at = 0L;
        for (var d = 0; d < outerRank; d++)
        {
            var size = sizes[d];
            at += row % size * steps[d * Operands + operand];
            row /= size;
        }
        return at;
    }

    /// <summary>Dimensions are kept innermost first: this one merges when it steps by the size of the one inside it.</summary>
    private readonly bool Extends(int inside, long[] shape, int d, ReadOnlySpan<long[]> strides)
    {
        for (var i = 0; i < strides.Length; i++)
            if (strides[i][d] != sizes[inside] * steps[inside * Operands + i]) return false;
        return true;
    }

    private void Push(int rank, long size, int d, ReadOnlySpan<long[]> strides)
    {
        sizes[rank] = size;
        for (var i = 0; i < strides.Length; i++) steps[rank * Operands + i] = strides[i][d];
    }

    private void SplitInner(int rank, int operands)
    {
        if (rank == 0)
        {
            for (var i = 0; i < operands; i++) innerSteps[i] = 1;
            return;
        }
        Inner = sizes[0];
        for (var i = 0; i < operands; i++) innerSteps[i] = steps[i];
        outerRank = rank - 1;
        for (var d = 0; d < outerRank; d++)
        {
            sizes[d] = sizes[d + 1];
            for (var i = 0; i < operands; i++) steps[d * Operands + i] = steps[(d + 1) * Operands + i];
            Rows *= sizes[d];
        }
    }
}
