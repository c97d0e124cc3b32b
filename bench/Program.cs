using Workbench;
using Workbench.Bench;

try
{
    switch (args)
    {
        case ["steps"]: TrainingSteps.Run(null); break;
        case ["steps", var workload]: TrainingSteps.Run(workload); break;
        case ["gemm"]: MatrixProducts.Run(); break;
        case ["conv"]: Convolutions.Run(); break;
        case ["memory"]: Memory.Run(); break;
        case ["tsne"]: Placements.Run(10_000); break;
        case ["tsne", var count] when int.TryParse(count, out var points) && points > 90: Placements.Run(points); break;
        default:
            Console.Error.WriteLine("usage: dotnet run -c Release --project bench -- (steps [MODEL] | gemm | conv | memory | tsne [POINTS])");
            return 2;
    }

    return 0;
}
catch (Exception error) when (error is InvalidOperationException or BadInput)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
