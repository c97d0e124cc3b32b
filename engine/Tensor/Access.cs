using System.Globalization;
using TorchSharp.Utils;
using Workbench.Engine;

namespace TorchSharp;

/// <content>From tensors to .NET values.</content>
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The one element of a tensor, as the type it has.</summary>
        public unsafe T item<T>() where T : unmanaged
        {
            if (numel() != 1) throw new ArgumentException($"item: a tensor of shape {Shapes.Text(sizes)} is not a single number");
            CheckType<T>("item");
            var value = *Data<T>();
            GC.KeepAlive(this);
            return value;
        }

        /// <summary>The elements in row-major order, to read and write as the type they have.</summary>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            CheckType<T>("data");
            return new TensorAccessor<T>(this);
        }

        /// <summary>The raw bytes of a contiguous tensor; setting them copies.</summary>
        public unsafe Span<byte> bytes
        {
            get
            {
                if (!is_contiguous()) throw new InvalidOperationException("bytes: the elements do not lie in a row; use contiguous()");
                return new Span<byte>(Bytes, checked((int)(numel() * Types.Size(type))));
            }
            set
            {
                if (value.Length != numel() * Types.Size(type))
                    throw new ArgumentException($"bytes: {value.Length} bytes do not fill {numel() * Types.Size(type)}");
                value.CopyTo(bytes);
                Buffer.Version++;
            }
        }

        public Scalar ToScalar()
        {
            if (numel() != 1) throw new ExternalException($"a tensor of shape {Shapes.Text(sizes)} is not a single number");
            return type switch
            {
                ScalarType.Float32 => item<float>(),
                ScalarType.Float64 => item<double>(),
                ScalarType.Int64 => item<long>(),
                ScalarType.Int32 => item<int>(),
                ScalarType.Byte => item<byte>(),
                _ => item<bool>(),
            };
        }

        public static explicit operator float(Tensor value) => value.ToScalar().ToSingle();
        public static explicit operator double(Tensor value) => value.ToScalar().ToDouble();
        public static explicit operator long(Tensor value) => value.ToScalar().ToInt64();
        public static explicit operator int(Tensor value) => value.ToScalar().ToInt32();
        public static explicit operator bool(Tensor value) => value.ToScalar().ToBoolean();

        public override string ToString() => Printing.Summary(this);

        private void CheckType<T>(string op) where T : unmanaged
        {
            if (Types.Of<T>() != type) throw new ArgumentException($"{op}: a tensor of {type} has no elements of type {typeof(T).Name}");
        }
    }
}

/// <summary>Between tensors and .NET numbers, and how tensors are printed.</summary>
public static class TensorExtensionMethods
{
    public static float ToSingle(this torch.Tensor value) => value.ToScalar().ToSingle();
    public static double ToDouble(this torch.Tensor value) => value.ToScalar().ToDouble();
    public static int ToInt32(this torch.Tensor value) => value.ToScalar().ToInt32();
    public static long ToInt64(this torch.Tensor value) => value.ToScalar().ToInt64();
    public static bool ToBoolean(this torch.Tensor value) => value.ToScalar().ToBoolean();

    /// <summary>The elements, nested in brackets, long dimensions cut in the middle. No line is broken, whatever the width.</summary>
    public static string npstr(this torch.Tensor tensor, string fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null) =>
        Printing.Elements(tensor, fltFormat, newLine ?? Environment.NewLine, cultureInfo ?? CultureInfo.CurrentCulture);
}
