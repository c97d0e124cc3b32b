using Workbench.Engine;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>How many threads work on one operation. No result depends on it.</summary>
    public static int get_num_threads() => Workers.Count;

    public static void set_num_threads(int num) => Workers.Count = num;
}
