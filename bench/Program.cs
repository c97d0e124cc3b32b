using Workbench.Bench;

switch (args)
{
    case ["vae"]: TrainingSteps.Run(); break;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project bench -- vae");
        return 2;
}
return 0;
