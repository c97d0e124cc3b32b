namespace TorchSharp;

public enum DeviceType
{
    CPU = 0,
}

public static partial class torch
{
    /// <summary>Where tensors live: here always the CPU.</summary>
    public class Device
    {
        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);

        public DeviceType type { get; }
        public int index { get; }

        public override string ToString() => type.ToString().ToLowerInvariant();
    }

    /// <summary>What there is of CUDA: here nothing.</summary>
    public static class cuda
    {
        public static bool is_available() => false;

        public static int device_count() => 0;
    }

    public static readonly Device CPU = new(DeviceType.CPU);
}
