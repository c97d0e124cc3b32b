using Workbench.Engine;
using static TorchSharp.torch;

namespace TorchSharp
{
    /// <summary>A number with its type, as tensor operations take it.</summary>
    public sealed class Scalar : IDisposable
    {
        private readonly double real;
        private readonly long integer;

        private Scalar(double value, ScalarType type) => (real, integer, Type) = (value, (long)value, type);

        private Scalar(long value, ScalarType type) => (real, integer, Type) = (value, value, type);

        public ScalarType Type { get; }

        internal double Real => real;
        internal long Integer => integer;

        public static implicit operator Scalar(byte value) => new((long)value, ScalarType.Byte);
        public static implicit operator Scalar(int value) => new((long)value, ScalarType.Int32);
        public static implicit operator Scalar(long value) => new(value, ScalarType.Int64);
        public static implicit operator Scalar(float value) => new((double)value, ScalarType.Float32);
        public static implicit operator Scalar(double value) => new(value, ScalarType.Float64);
        public static implicit operator Scalar(bool value) => new(value ? 1L : 0L, ScalarType.Bool);

        public void Dispose() { }
    }

    /// <summary>Between numbers and <see cref="Scalar"/>.</summary>
    public static class ScalarExtensionMethods
    {
        public static Scalar ToScalar(this byte value) => value;
        public static Scalar ToScalar(this int value) => value;
        public static Scalar ToScalar(this long value) => value;
        public static Scalar ToScalar(this float value) => value;
        public static Scalar ToScalar(this double value) => value;
        public static Scalar ToScalar(this bool value) => value;

        public static float ToSingle(this Scalar value) => (float)value.Real;
        public static double ToDouble(this Scalar value) => value.Real;
        public static int ToInt32(this Scalar value) => (int)value.Integer;
        public static long ToInt64(this Scalar value) => value.Integer;
        public static byte ToByte(this Scalar value) => (byte)value.Integer;
        public static bool ToBoolean(this Scalar value) => value.Real != 0;
    }
}
