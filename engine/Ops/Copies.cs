using Workbench.Engine;

namespace TorchSharp;

/// <content>Copies, conversions, and what writes into a tensor.</content>
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>A contiguous copy; the gradient passes through.</summary>
        public Tensor clone() =>
            Node.Record("clone", Copying.Dense(this), static (node, g) => node.Give(0, g), [this]);

        /// <summary>These elements in another type: a view where this tensor has it, unless a copy is asked for.</summary>
        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            var result = type != this.type ? Converted(type) : copy ? clone() : alias();
            if (disposeAfter) Dispose();
            return result;
        }

        /// <summary>As <see cref="to_type"/>, but this very object where nothing has to change.</summary>
        internal Tensor As(ScalarType type) => type == this.type ? this : Converted(type);

        private Tensor Converted(ScalarType type)
        {
            var result = Allocate((long[])sizes.Clone(), type);
            Copying.Copy(this, result);
            return Node.Record("to_type", result, static (node, g) => node.Give(0, g), [this]);
        }

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to_type(type, copy, disposeAfter);

        /// <summary>There is one device: the same tensor as another object, or a copy.</summary>
        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to_type(type, copy, disposeAfter);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to_type(type, copy, disposeAfter);

        public Tensor type_as(Tensor tensor) => to_type(tensor.type);
        public Tensor @float() => to_type(ScalarType.Float32);
        public Tensor @double() => to_type(ScalarType.Float64);
        public Tensor @long() => to_type(ScalarType.Int64);
        public Tensor @int() => to_type(ScalarType.Int32);
        public Tensor @byte() => to_type(ScalarType.Byte);
        public Tensor @bool() => to_type(ScalarType.Bool);

        /// <summary>Overwrites these elements by another tensor's, broadcast and converted.</summary>
        public Tensor copy_(Tensor source, bool nonBlocking = false)
        {
            Shapes.Stretches("copy_", source.sizes, sizes);
            CheckWritable();
            if (ReferenceEquals(source, this)) return this;
            CheckApart();
            CheckApart(source);
            if (GradMode.Enabled && (NeedsGradient || source.NeedsGradient)) return Become(CopyOf(source));
            Copying.Copy(source, this);
            Buffer.Version++;
            return this;
        }

        /// <summary>The source in this tensor's shape and type, recorded as what replaces this tensor: no gradient flows here.</summary>
        private Tensor CopyOf(Tensor source)
        {
            var copy = Allocate((long[])sizes.Clone(), type);
            Copying.Copy(source, copy);
            return Node.Record("copy_", copy, static (node, g) =>
            {
                if (node.Needs(0)) node.Give(0, zeros_like(g));
                node.Give(1, g);
            }, [this, source]);
        }

        public Tensor fill_(Scalar value)
        {
            CheckWritable();
            if (GradMode.Enabled && NeedsGradient) return Become(CopyOf(full_like(this, value)));
            if (is_contiguous()) Filling.Fill(this, value);
            else
            {
                using var number = Filled([], type, value);
                Copying.Copy(number, this);
            }
            Buffer.Version++;
            return this;
        }

        /// <summary>Zeros in place of all elements. TorchSharp's has no derivative where operations are recorded, and so has this.</summary>
        public Tensor zero_()
        {
            CheckWritable();
            if (GradMode.Enabled && NeedsGradient)
                return Become(Node.Record("zero_", zeros_like(this).DetachFromDisposeScope(), static (_, _) =>
                    throw new ExternalException("zero_: has no derivative; use fill_, or mul by zeros"), [this]));
            fill_(0);
            zeroAt = Buffer.Version;
            return this;
        }

        public Tensor detach_()
        {
            if (viewedAt >= 0) throw new ExternalException("detach_: a view is not detached in place; use detach()");
            gradFn?.Drop();
            gradFn = null;
            requiresGrad = false;
            return this;
        }

        private int zeroAt = -1;

        /// <summary>
        /// Takes over the elements of a gradient where these are known to be zero still, in place of adding them.
        /// </summary>
        internal bool TakeIfZero(Tensor gradient)
        {
            if (zeroAt != Buffer.Version || Buffer.IsShared || gradient.Buffer.IsShared || !gradient.is_contiguous()) return false;
            (buffer, gradient.buffer) = (gradient.buffer, buffer);
            (offset, gradient.offset) = (gradient.offset, offset);
            strides = gradient.strides;
            zeroAt = -1;
            return true;
        }

        /// <summary>Adds a tensor of this shape and type to these elements, whatever their strides.</summary>
        internal void AddUnrecorded(Tensor other)
        {
            if (is_contiguous()) { Pointwise.Accumulate(this, other); return; }
            using var sum = Arithmetic.Add(this, other);
            Copying.Copy(sum, this);
            Buffer.Version++;
        }

        /// <summary>
        /// How every operation in place ends: these elements become the result's, and the result's place in the graph
        /// becomes this tensor's.
        /// </summary>
        private Tensor Become(Tensor result)
        {
            CheckWritable();
            if (viewedAt >= 0 && result.gradFn != null)
                throw new NotSupportedException($"{result.gradFn.Op}: a view cannot take over a result that a gradient flows through; build the whole tensor by cat, stack or where");
            if (!result.sizes.AsSpan().SequenceEqual(sizes))
                throw new ExternalException($"a result of shape {Shapes.Text(result.sizes)} does not fit in place of {Shapes.Text(sizes)}");
            if (Types.Category(result.type) > Types.Category(type))
                throw new ExternalException($"a result of {result.type} does not fit in place of {type}; use the form without the underscore");
            CheckApart();
            if (result.type != type) result = Converted(result, type);
            result.gradFn?.KeepApart(Buffer);
            Copying.Copy(result, this);
            Buffer.Version++;
            if (result.gradFn != null)
            {
                Buffer.RecordedChanges++;
                gradFn?.Drop();
                gradFn = result.gradFn;
                result.gradFn = null;
            }
            result.Dispose();
            return this;
        }

        /// <summary>A result in another type, recorded: its gradient comes in this type, and is wanted in that of the result.</summary>
        private static Tensor Converted(Tensor result, ScalarType type)
        {
            using (result) return result.Converted(type);
        }

        /// <summary>What was expanded has one place in memory for several elements: only one number could be put there.</summary>
        private void CheckApart()
        {
            for (var d = 0; d < sizes.Length; d++)
                if (sizes[d] > 1 && strides[d] == 0)
                    throw new ExternalException($"elements of an expanded tensor of shape {Shapes.Text(sizes)} share memory and cannot be written apart; clone it first");
        }

        /// <summary>
        /// What is read through another window on the elements that are written may have been written already. Scattered windows
        /// are not looked at: they may lie between each other.
        /// </summary>
        internal Tensor CheckApart(Tensor source)
        {
            if (source.Buffer != Buffer || !IsDense() || !source.IsDense()) return this;
            var (first, last) = (offset, offset + numel());
            var (from, to) = (source.offset, source.offset + source.numel());
            var same = first == from && last == to && strides.AsSpan().SequenceEqual(source.strides);
            if (!same && first < to && from < last)
                throw new ExternalException($"elements of shape {Shapes.Text(sizes)} share memory with those that are read, and lie elsewhere in it; clone one of the two first");
            return this;
        }

        /// <summary>Whether the elements fill a piece of memory, in whatever order of the dimensions.</summary>
        private bool IsDense()
        {
            var step = 1L;
            foreach (var d in Enumerable.Range(0, sizes.Length).Where(d => sizes[d] != 1).OrderBy(d => strides[d]))
            {
                if (strides[d] != step) return false;
                step *= sizes[d];
            }
            return true;
        }

        internal void CheckWritable()
        {
            if (!GradMode.Enabled) return;
            CheckCurrent("a change in place");
            if (!NeedsGradient) return;
            if (gradFn == null)
                throw new ExternalException("a leaf that requires a gradient cannot be changed in place while operations are recorded; use no_grad()");
            if (gradFn.Viewed() != null)
                throw new ExternalException("a view of a leaf that requires a gradient cannot be changed in place while operations are recorded; use no_grad()");
            if (gradFn.IsView)
                throw new NotSupportedException("a view of a recorded tensor cannot be changed in place while operations are recorded; use the form without the underscore");
        }
    }

    public static Tensor clone(Tensor input) => input.clone();
}
