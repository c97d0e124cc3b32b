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

    public static readonly Device CPU = new(DeviceType.CPU);
}
