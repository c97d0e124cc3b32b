// Trains a VAE on the embedded digits and writes a picture of new ones:
//     dotnet run -c Release --project interop/example -- samples.png

using Workbench.Interop;

var path = args is [var given, ..] ? given : "samples.png";
var options = new VaeOptions { Data = "glyphs", Epochs = 3, Latent = 16 };
var progress = new Progress<EpochReport>(report => Console.WriteLine($"epoch {report.Epoch}/{report.Epochs}  test negative ELBO {report.Figures["test_nelbo"]:F2} nats"));

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};

try
{
    var vae = await TrainedVae.TrainAsync(options, progress, stop.Token);
    vae.Sample(count: 40, seed: 1).WritePng(path, columns: 10);
    Console.WriteLine($"saved {Path.GetFullPath(path)}");
    return 0;
}
catch (OperationCanceledException)
{
    return 130;
}
