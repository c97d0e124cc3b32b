using Workbench.Engine;

namespace TorchSharp;

/// <summary>
/// The embedded engine: a subset of TorchSharp's public surface, in managed code. Names are torch's own, in its
/// snake_case, so that sources compile on either.
/// </summary>
public static partial class torch
{
    /// <summary>
    /// An n-dimensional array: a window (shape, strides, offset) on a native buffer that its views share, and its place
    /// in the graph of the operations that made it.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        internal NativeBuffer? buffer;
        internal long[] sizes;
        internal long[] strides;
        internal long offset;
        internal Node? gradFn;
        internal DisposeScope? scope;
        internal int scopeSlot;

        private readonly ScalarType type;
        internal Tensor? gradient;
        private bool requiresGrad;

        /// <summary>For a view, how many recorded changes in place its elements had seen when it was made; else -1.</summary>
        private int viewedAt = -1;

        internal Tensor(NativeBuffer? buffer, long[] sizes, long[] strides, long offset, ScalarType type)
        {
            this.buffer = buffer;
            this.sizes = sizes;
            this.strides = strides;
            this.offset = offset;
            this.type = type;
        }

        /// <summary>A new contiguous tensor with undefined contents, in no dispose scope.</summary>
        internal static Tensor Allocate(long[] shape, ScalarType type)
        {
            foreach (var size in shape)
                if (size < 0) throw new ExternalException($"a shape has no negative sizes: {Shapes.Text(shape)}");
            return new Tensor(new NativeBuffer(BytesOf(shape, type)), shape, Shapes.Strides(shape), 0, type);
        }

        private static long BytesOf(long[] shape, ScalarType type)
        {
            try
            {
                return checked(Shapes.Count(shape) * Types.Size(type));
            }
            catch (OverflowException)
            {
                throw new ExternalException($"more elements than can be counted: {Shapes.Text(shape)}");
            }
        }

        /// <summary>The same elements under another shape, outside the graph and in no dispose scope.</summary>
        internal Tensor Window(long[] shape, long[] steps, long start) =>
            new(Buffer.AddReference(), shape, steps, start, type);

        /// <summary>The same elements, outside the graph and in no dispose scope.</summary>
        internal Tensor Alias() => Window(sizes, strides, offset);

        /// <summary>What stands for a gradient that does not exist.</summary>
        internal static Tensor Invalid() => new(null, [], [], 0, ScalarType.Float32);

        internal NativeBuffer Buffer => buffer ?? throw new InvalidOperationException("this tensor was disposed");

        internal unsafe T* Data<T>() where T : unmanaged => (T*)Buffer.Pointer + offset;

        internal unsafe byte* Bytes => Buffer.Pointer + offset * Types.Size(type);

        internal bool NeedsGradient => requiresGrad || gradFn != null;

        /// <summary>This tensor, unless it was disposed: then there is nothing to be said of it.</summary>
        private Tensor Alive
        {
            get
            {
                _ = Buffer;
                return this;
            }
        }

        public ScalarType dtype => Alive.type;
        public Device device
        {
            get
            {
                _ = Buffer;
                return CPU;
            }
        }

        public long[] shape => (long[])Alive.sizes.Clone();
        public long ndim => Alive.sizes.Length;
        public long Dimensions => ndim;
        public long NumberOfElements => numel();
        public long ElementSize => element_size();
        public bool IsInvalid => buffer == null;
        public bool is_leaf => Alive.gradFn == null;

        public long dim() => ndim;
        public long numel() => Shapes.Count(Alive.sizes);
        public long element_size() => Types.Size(dtype);
        public long size(int dim) => Alive.SizeOf("size", Shapes.Dimension("size", dim, sizes.Length));
        public long[] size() => shape;
        public long[] stride() => (long[])Alive.strides.Clone();
        public long stride(int dim) => Alive.strides[Shapes.Dimension("stride", dim, sizes.Length)];
        public long storage_offset() => Alive.offset;
        public bool is_floating_point() => Types.IsFloating(dtype);

        /// <summary>Bools count as whole numbers.</summary>
        public bool is_integral() => !is_floating_point();
        public bool is_contiguous() => Shapes.IsContiguous(Alive.sizes, strides);
        public bool is_cpu() => device == CPU;
        public Tensor cpu() => alias();

        /// <summary>Whether operations on this tensor are recorded. Only leaves with floating elements can be switched: a result stays as it is.</summary>
        public bool requires_grad
        {
            get => Alive.NeedsGradient;
            set
            {
                if (value && !is_floating_point()) throw new ExternalException($"only floating-point tensors can require gradients, not {type}");
                if (is_leaf) requiresGrad = value;
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>The gradient that <see cref="backward()"/> has summed here; null before the first.</summary>
        public Tensor? grad
        {
            get => Alive.gradient;
            set
            {
                _ = Buffer;
                if (value != null && !value.sizes.AsSpan().SequenceEqual(sizes))
                    throw new ExternalException($"grad: a gradient of shape {Shapes.Text(value.sizes)} does not fit a tensor of shape {Shapes.Text(sizes)}");
                if (value != null && value.type != type)
                    throw new ExternalException($"grad: a gradient of {value.type} does not fit a tensor of {type}");
                gradient = value;
            }
        }

        /// <summary>Keeps the gradient of a tensor that is not a leaf, too.</summary>
        public void retain_grad()
        {
            if (!requires_grad) throw new ExternalException("retain_grad: no gradient comes to a tensor that requires none");
            Retains = true;
        }

        internal bool Retains
        {
            get => gradFn?.Retained == this;
            set
            {
                if (gradFn != null) gradFn.Retained = value ? this : null;
            }
        }

        internal void BecomeView() => viewedAt = Buffer.RecordedChanges;

        /// <summary>
        /// A view does not learn what was recorded when its elements were changed in place later: it must not be used then.
        /// </summary>
        internal void CheckCurrent(string op)
        {
            if (viewedAt >= 0 && viewedAt != Buffer.RecordedChanges)
                throw new NotSupportedException($"{op}: a view was used after a recorded change in place of its elements; take the view again after the change");
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var held = Interlocked.Exchange(ref buffer, null);
            if (held == null) return;
            scope?.Forget(this);
            gradFn?.Drop();
            gradFn = null;
            held.Release();
        }
    }
}
