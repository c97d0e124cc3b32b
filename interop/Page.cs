using System.Text;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Workbench.Interop;

/// <summary>The HTML page of a model.</summary>
internal static class Page
{
    internal static void Write(string path, string title, TrainingOptions options, Dataset data, FSharpList<Section> sections)
    {
        var lead = $"{data.Train.Images.shape[0]} training and {data.Test.Images.shape[0]} test images of {data.Name}; {options.Epochs} epochs, seed {options.Seed}";
        var page = RunPage.alone(title, Path.GetFileName(path), $"written {Report.minute(DateTimeOffset.Now)}", lead,
            sections, RunPage.describe(data), "a program that calls Workbench.Interop", Core.List(Tuple.Create("Data", $"{data.Name}, SHA-256 {data.Hash}")));
        var bytes = Encoding.UTF8.GetBytes(Report.render(page));
        Core.Writing(() => Files.replace(path, FuncConvert.FromAction<Stream>(stream => stream.Write(bytes))));
    }
}
