using Workbench.Bench;

try
{
    switch (args)
    {
        case ["vae"]: TrainingSteps.Run(); break;
        case ["gemm"]: MatrixProducts.Run(); break;
        case ["memory"]: Memory.Run(); break;
        default:
            Console.Error.WriteLine("usage: dotnet run -c Release --project bench -- (vae | gemm | memory)");
            return 2;
    }

    return 0;
}
catch (InvalidOperationException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
