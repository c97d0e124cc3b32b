eprintfn "error: the workbench is not built: run dotnet build -c Release in its folder first"
exit 1
