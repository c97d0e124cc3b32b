// What every script loads. The Release build writes artifacts/refs.fsx: dotnet build -c Release
#load "../artifacts/refs.fsx"
