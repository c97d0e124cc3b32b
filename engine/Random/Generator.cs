using Workbench.Engine;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A stream of random numbers: a seed (Philox's key) and how many were drawn (its counter). The same state gives the
    /// same numbers, whatever the number of threads.
    /// </summary>
    public class Generator : IDisposable
    {
        private readonly Lock gate = new();
        private ulong key;
        private ulong drawn;

        public Generator(ulong seed = 0, Device? device = null) => key = seed;

        public static Generator Default { get; } = new(67280421310721);

        public Device device => CPU;

        public Generator manual_seed(long seed)
        {
            lock (gate) (key, drawn) = ((ulong)seed, 0);
            return this;
        }

        public long initial_seed() => (long)key;

        /// <summary>The whole state: 16 bytes, seed and count.</summary>
        public Tensor get_state()
        {
            lock (gate) return StateOf(key, drawn);
        }

        private static Tensor StateOf(ulong key, ulong drawn)
        {
            var state = empty(16, dtype: ScalarType.Byte);
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(state.bytes)[0] = key;
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(state.bytes)[1] = drawn;
            return state;
        }

        public void set_state(Tensor value)
        {
            if (value.dtype != ScalarType.Byte || value.numel() != 16)
                throw new ExternalException("set_state: a state is the 16 bytes that get_state gave");
            var state = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(value.contiguous().bytes);
            lock (gate) (key, drawn) = ((ulong)state[0], (ulong)state[1]);
        }

        /// <summary>The seed and the counter to draw from, after which the counter has moved on.</summary>
        internal (ulong Seed, ulong Offset) Take(ulong blocks)
        {
            lock (gate)
            {
                var at = drawn;
                drawn += blocks;
                return (key, at);
            }
        }

        public void Dispose() => GC.SuppressFinalize(this);
    }

    /// <summary>Restarts the default generator's stream.</summary>
    public static Generator manual_seed(long seed) => Generator.Default.manual_seed(seed);
}
