namespace TorchSharp;

public static partial class torch
{
    /// <summary>The libtorch whose results are this engine's specification.</summary>
    public static string __version__ => "2.10.0.0";
}
