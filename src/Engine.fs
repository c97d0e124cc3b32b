namespace Workbench

open System
open System.IO
open System.Reflection
open System.Runtime.InteropServices
open System.Text.RegularExpressions
open System.Threading.Tasks
open TorchSharp

/// A tensor of whichever engine computes.
type Tensor = torch.Tensor

/// Which engine a process of `dotnet fsi` gets. The managed engine is an assembly of the package's name, and the one that is loaded
/// first serves everybody: so nothing here may name a type of TorchSharp's, nor be a value (those of a file are made together).
[<RequireQualifiedAccess>]
module internal EngineChoice =

    let private valueOf (arguments: string[]) (option: string) =
        arguments
        |> Array.pairwise
        |> Array.tryPick (fun (name, value) -> if name = option then Some value else None)
        |> Option.orElse (
            arguments
            |> Array.tryFind _.StartsWith(option + "=", StringComparison.Ordinal)
            |> Option.map _.Substring(option.Length + 1)
        )

    let private ofRun (folder: string) =
        let config = Path.Combine(folder, "config.json")

        if File.Exists config then
            let found = Regex.Match(File.ReadAllText config, "\"engine\": *\"([^\"]*)\"")
            if found.Success then Some found.Groups[1].Value else None
        else
            None

    /// --engine, else the engine of the run that --resume, --evaluate or --run names, else WORKBENCH_ENGINE.
    let private asked (arguments: string[]) =
        valueOf arguments "--engine"
        |> Option.orElse (
            [ "--resume"; "--evaluate"; "--run" ]
            |> List.tryPick (valueOf arguments >> Option.bind ofRun)
        )
        |> Option.orElse (Option.ofObj (Environment.GetEnvironmentVariable "WORKBENCH_ENGINE"))

    let private beside (file: string) =
        Path.Combine(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location), file)
        |> Path.GetFullPath

    let private loadManaged () =
        try
            beside "../../Workbench.Engine/release/TorchSharp.dll"
            |> Assembly.LoadFrom
            |> ignore
        with :? FileLoadException ->
            // fsi loads what the files of one #load name before it runs the first of them.
            Console.Error.WriteLine
                "error: --engine managed: the other engine's TorchSharp is loaded already; begin the script with #load \"prelude.fsx\", before the scripts that it loads"

            exit 2

    /// TorchSharp's own native library, which needs libtorch.
    let library () =
        if OperatingSystem.IsWindows() then "LibTorchSharp.dll"
        elif OperatingSystem.IsMacOS() then "libLibTorchSharp.dylib"
        else "libLibTorchSharp.so"

    /// Loads the engine that is asked for, the managed one at once. libtorch takes nearly half a second, which fsi needs for the
    /// script's text: whether it could be loaded is for `Engine.load` to say. What is misspelt is left to the script, which says so.
    let load (arguments: string[]) : unit =
        if asked arguments = Some "managed" then
            loadManaged ()
        else
            Task.Run(fun () -> NativeLibrary.TryLoad(beside (library ())) |> ignore)
            |> ignore

/// What computes behind TorchSharp's names in this process: `torch`, the package on libtorch, or `managed`, the workbench's own
/// assembly of the same name.
[<RequireQualifiedAccess>]
module Engine =

    /// The engine where nothing names one.
    let standard = "torch"

    let private assembly = typeof<torch>.Assembly

    let isManaged: bool =
        match assembly.GetCustomAttribute<AssemblyProductAttribute>() with
        | null -> false
        | attribute -> attribute.Product = "Workbench.Engine"

    /// `torch` or `managed`.
    let name: string = if isManaged then "managed" else standard

    /// Its name for people and for config.json. On libtorch, libtorch must be loaded.
    let version () : string =
        let surface = assembly.GetName().Version.ToString 3

        if isManaged then
            $"managed (as TorchSharp {surface})"
        else
            $"libtorch {Version.Parse(torch.__version__).ToString 3} (TorchSharp {surface})"

    let private refuse (reason: string) =
        BadInput.fail
            "libtorch cannot be loaded: %s; %s"
            reason
            (if OperatingSystem.IsWindows() then
                 "TorchSharp 0.107.0 has an open fault in loading on Windows; --engine managed runs there"
             else
                 "--engine managed runs without it")

    /// The loader's words: of the lines that .NET wraps round them, the first with a colon is the system's own.
    let private reasonOf (error: exn) =
        error.Message.Split('\n', StringSplitOptions.TrimEntries)
        |> Array.tryFind _.Contains(": ")
        |> Option.defaultValue error.Message

    let private libtorch =
        lazy
            (let library = EngineChoice.library ()
             let path = Path.Combine(Path.GetDirectoryName assembly.Location, library)

             if not (File.Exists path) then
                 refuse
                     $"{library} is not beside TorchSharp.dll: the build lays it there on linux-x64, win-x64 and osx-arm64"

             try
                 NativeLibrary.Load path |> ignore
             with
             | :? DllNotFoundException
             | :? BadImageFormatException as e -> refuse (reasonOf e))

    /// Loads what the engine needs. TorchSharp would load libtorch by itself, but where that fails it copies half a gigabyte and
    /// blames a missing reference: so this comes before the first tensor. Raises `BadInput` with the loader's own reason.
    let load () : unit =
        if not isManaged then
            libtorch.Force()

    /// `load`, where the engine asked for is this process's.
    let start (asked: string) : unit =
        if asked <> name then
            BadInput.fail
                "--engine: %s was asked for, but %s is loaded: the engine is chosen as a process starts, by --engine or WORKBENCH_ENGINE"
                asked
                name

        load ()

    /// A member as a reader writes it: no namespace of TorchSharp's, no marks of the runtime's.
    let private readable (name: string) =
        [ @"TorchSharp\.", ""
          @"System\.Nullable`1<(\w+)>", "$1?"
          @"System\.", ""
          @"(.*)\.\.ctor", "new $1"
          @"\.get_(\w+)(\(\))?", ".$1"
          @"\+", "." ]
        |> List.fold
            (fun (text: string) (marks: string, plain: string) -> Regex.Replace(text, marks, plain))
            name

    /// The member that the runtime did not find: it is quoted, its own type before its name.
    let private quoted (message: string) =
        let signature = Regex.Match(message, @"'(?:[^'(]* )?([^'( ]+(?:\([^']*\))?)'")
        if signature.Success then readable signature.Groups[1].Value else message

    let rec private causes (error: exn) =
        if isNull error then [] else error :: causes error.InnerException

    let private lacking (error: exn) =
        match error with
        | :? MissingMemberException -> Some $"has no {quoted error.Message}"
        | :? TypeLoadException as missing when missing.Message.Contains "'TorchSharp," ->
            Some $"has no {readable missing.TypeName}"
        | :? NotSupportedException when error.Source = assembly.GetName().Name ->
            Some $"does not do this: {error.Message}"
        | _ -> None

    /// One line for an operation that the managed engine lacks, or does in part; nothing for any other error.
    let explain (error: exn) : string option =
        if isManaged then
            causes error
            |> List.tryPick lacking
            |> Option.map (fun what -> $"the managed engine {what} (use --engine torch)")
        else
            None
