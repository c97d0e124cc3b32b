using Workbench.Bench;

switch (args)
{
    case ["vae"]: TrainingSteps.Run(); break;
    case ["memory"]: Memory.Run(); break;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project bench -- (vae | memory)");
        return 2;
}
return 0;
