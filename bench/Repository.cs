namespace Workbench.Bench;

/// <summary>Where things lie.</summary>
internal static class Repository
{
    /// <summary>The folder of Workbench.sln, above this program's.</summary>
    internal static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);

            while (!File.Exists(Path.Combine(folder.FullName, "Workbench.sln")))
                folder = folder.Parent ?? throw new InvalidOperationException("this program lies outside the repository");

            return folder.FullName;
        }
    }

    /// <summary>What to tell where <see cref="HasMnist"/> is false.</summary>
    internal static string MnistMissing => $"MNIST is not in {Path.Combine(Data.folder(), "mnist")} (WORKBENCH_DATA)";

    /// <summary>Whether MNIST is there, so that nothing is downloaded for a benchmark.</summary>
    internal static bool HasMnist =>
        new[] { "train", "t10k" }.All(split => new[] { "images-idx3", "labels-idx1" }.All(kind =>
            File.Exists(Path.Combine(Data.folder(), "mnist", $"{split}-{kind}-ubyte.gz"))));
}
