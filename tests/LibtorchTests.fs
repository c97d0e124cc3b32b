/// How the need of a symbol version is marked as weak and methods are marked as not optimised: in small images, and in the
/// libraries that the build laid beside these tests.
module Workbench.Tests.LibtorchTests

open System
open System.IO
open System.Reflection
open System.Reflection.Metadata
open System.Reflection.PortableExecutable
open Expecto
open Workbench.Libtorch
open Workbench.Tests.FileSupport

let version = "GLIBCXX_3.4.32"

/// What an image has: for each library the versions needed of it (name, flags, index), the version of each symbol, and the
/// symbols that relocations refer to, for data and for calls.
type Elf =
    { Needs: (string * int * int) list list
      Versions: int list
      Data: int list
      Calls: int list }

/// As TorchSharp's library: one symbol has the version, and no relocation refers to it.
let unused =
    { Needs =
        [ [ "GLIBC_2.34", 0, 4 ]
          [ "GLIBCXX_3.4.29", 0, 3; version, 0, 18; "CXXABI_1.3", 0, 2 ] ]
      Versions = [ 0; 2; 18; 3; 4 ]
      Data = [ 1; 4 ]
      Calls = [ 3; 1 ] }

/// Little-endian numbers, each with its width in bytes.
let numbers (values: (int * int) list) : byte[] =
    [| for width, value in values do
           yield! Array.truncate width (BitConverter.GetBytes(int64 value)) |]

/// Elf64_Rela.
let relocations (symbols: int list) : byte[] =
    numbers
        [ for symbol in symbols do
              yield! [ 8, 0; 4, 6; 4, symbol; 8, 0 ] ]

/// Elf64_Verneed with the Elf64_Vernaux of its versions.
let versionNeeds (nameAt: string -> int) (libraries: (string * int * int) list list) : byte[] =
    let next size index count = if index < count - 1 then size else 0

    numbers
        [ for number, needs in List.indexed libraries do
              let size = 16 + 16 * needs.Length
              yield! [ 2, 1; 2, needs.Length; 4, 0; 4, 16; 4, next size number libraries.Length ]

              for index, (name, flags, other) in List.indexed needs do
                  yield! [ 4, 0; 2, flags; 2, other; 4, nameAt name; 4, next 16 index needs.Length ] ]

/// One loaded segment that holds everything, and the dynamic table.
let image (elf: Elf) : byte[] =
    let address, headers = 0x400000, 64 + 2 * 56

    let names = [ for name, _, _ in List.concat elf.Needs -> name + "\000" ]
    let text = "\000" + String.Concat names

    let parts =
        [ latin text
          numbers [ for version in elf.Versions -> 2, version ]
          versionNeeds (fun name -> text.IndexOf(name, StringComparison.Ordinal)) elf.Needs
          relocations elf.Data
          relocations elf.Calls ]

    let starts = parts |> List.scan (fun start part -> start + part.Length) headers
    let at index = address + starts[index]

    let dynamic =
        [ 5, at 0 // DT_STRTAB
          0x6ffffff0, at 1 // DT_VERSYM
          0x6ffffffe, at 2 // DT_VERNEED
          0x6fffffff, elf.Needs.Length // DT_VERNEEDNUM
          if not elf.Data.IsEmpty then
              7, at 3 // DT_RELA
              8, parts[3].Length // DT_RELASZ

          if not elf.Calls.IsEmpty then
              20, 7 // DT_PLTREL: DT_RELA
              23, at 4 // DT_JMPREL
              2, parts[4].Length // DT_PLTRELSZ

          0, 0 ] // DT_NULL

    let size = List.last starts + 16 * dynamic.Length

    let segment kind start length =
        List.zip
            [ 4; 4; 8; 8; 8; 8; 8; 8 ]
            [ kind; 6; start; address + start; address + start; length; length; 8 ]

    let header =
        List.zip
            [ 2; 2; 4; 8; 8; 8; 4; 2; 2; 2; 2; 2; 2 ]
            [ 3; 62; 1; 0; 64; 0; 0; 64; 56; 2; 0; 0; 0 ]

    Array.concat
        [ latin "\127ELF\002\001\001\000\000\000\000\000\000\000\000\000"
          numbers header
          numbers (segment 1 0 size)
          numbers (segment 2 (List.last starts) (16 * dynamic.Length))
          yield! parts
          numbers
              [ for tag, value in dynamic do
                    yield! [ 8, tag; 8, value ] ] ]

/// The outcome, and where the image was changed.
let marked (original: byte[]) =
    let changed = Array.copy original
    let outcome = WeakVersions.Mark(changed, version)

    outcome,
    [ for index in 0 .. original.Length - 1 do
          if original[index] <> changed[index] then
              index, changed[index] ]

/// The image of `elf` must come out as it went in.
let expectLeft (outcome: Outcome) (original: byte[]) =
    Expect.equal (marked original) (outcome, []) $"{outcome}"

/// Outcome.Marked if and only if something was changed, whatever the bytes are.
let expectSound (original: byte[]) =
    let outcome, changes = marked original

    Expect.equal
        (outcome = Outcome.Marked)
        (not changes.IsEmpty)
        $"{outcome} with {changes.Length} changes"

let marking =
    testList
        "marking"
        [ test "one byte makes an unused need weak, once" {
              let original = image unused
              let changed = Array.copy original
              Expect.equal (WeakVersions.Mark(changed, version)) Outcome.Marked "the first time"
              Expect.equal (WeakVersions.Mark(changed, version)) Outcome.NotNeeded "the second time"

              let weak =
                  { unused with
                      Needs =
                          [ unused.Needs[0]
                            [ "GLIBCXX_3.4.29", 0, 3; version, 2, 18; "CXXABI_1.3", 0, 2 ] ] }

              Expect.equal changed (image weak) "as an image that was linked so"
          }

          test "other flags stay" {
              let flagged flags =
                  { unused with
                      Needs = [ [ version, flags, 18 ] ] }

              let changed = image (flagged 4)
              WeakVersions.Mark(changed, version) |> ignore
              Expect.equal changed (image (flagged 6)) "4 and 2"
          }

          test "the need of every library is marked" {
              let outcome, changes =
                  marked (
                      image
                          { unused with
                              Needs = [ [ version, 0, 18 ]; [ version, 0, 19 ] ] }
                  )

              Expect.equal
                  (outcome, List.map snd changes)
                  (Outcome.Marked, [ 2uy; 2uy ])
                  "two flags"
          }

          test "an image without relocations uses nothing" {
              let outcome, changes = marked (image { unused with Data = []; Calls = [] })
              Expect.equal (outcome, changes.Length) (Outcome.Marked, 1) "one flag"
          }

          test "a version that a relocation uses is left" {
              expectLeft Outcome.Used (image { unused with Data = [ 1; 2 ] })
              expectLeft Outcome.Used (image { unused with Calls = [ 2 ] })

              expectLeft
                  Outcome.Used
                  (image
                      { unused with
                          Data = [ 2 ]
                          Versions = [ 0; 2; 18 ||| 0x8000; 3; 4 ] })
          }

          test "without the need nothing is done" {
              expectLeft
                  Outcome.NotNeeded
                  (image
                      { unused with
                          Needs = [ unused.Needs[0] ] })

              expectLeft Outcome.NotNeeded (image { unused with Needs = [] })
          }

          test "what is no 64-bit little-endian ELF image is left" {
              let original = image unused
              expectLeft Outcome.NotElf (Array.updateAt 5 2uy original)
              expectLeft Outcome.NotElf (Array.updateAt 4 1uy original)
              expectLeft Outcome.NotElf (Array.truncate 5 original)
              expectLeft Outcome.NotElf (latin "MZ, and so on")
              expectLeft Outcome.NotElf [||]
          }

          test "an image cut off anywhere is left" {
              let original = image unused

              // Of the last entry of the dynamic table the value, 8 bytes, says nothing.
              for length in 6 .. original.Length - 9 do
                  expectLeft Outcome.Damaged (Array.truncate length original)
          }

          test "damage is no exception and no endless loop" {
              let original = image unused
              let random = Random 1

              for _ in 1..20_000 do
                  let damaged = Array.copy original

                  for _ in 0 .. random.Next 4 do
                      damaged[random.Next(6, damaged.Length)] <- byte (random.Next 256)

                  expectSound damaged
          } ]

let copying =
    testList
        "copying"
        [ test "the source is only read, also where the target is a link to it" {
              inFolder (fun folder ->
                  let source, target =
                      Path.Combine(folder, "source"), Path.Combine(folder, "target")

                  File.WriteAllBytes(source, image unused)
                  File.CreateSymbolicLink(target, source) |> ignore

                  let outcome =
                      ChangedCopy.Make(
                          source,
                          target,
                          fun image -> WeakVersions.Mark(image, version)
                      )

                  Expect.equal outcome Outcome.Marked "outcome"
                  Expect.equal (File.ReadAllBytes source) (image unused) "source"

                  Expect.equal
                      (WeakVersions.Mark(File.ReadAllBytes target, version))
                      Outcome.NotNeeded
                      "target"

                  Expect.equal
                      (Directory.GetFiles(folder).Length)
                      2
                      "nothing else is left in the folder")
          }

          test "a change that fails leaves the target as it was" {
              inFolder (fun folder ->
                  let source, target =
                      Path.Combine(folder, "source"), Path.Combine(folder, "target")

                  File.WriteAllText(source, "text")
                  File.WriteAllText(target, "old")

                  Expect.throwsT<BadImageFormatException>
                      (fun () ->
                          ChangedCopy.Make(source, target, (fun image -> Lifetimes.Keep image))
                          |> ignore)
                      "no image"

                  Expect.equal (File.ReadAllText target) "old" "target"
                  Expect.equal (Directory.GetFiles(folder).Length) 2 "files")
          } ]

/// The methods of an assembly's image that have a body, and those of them that are not compiled with optimisation.
let methodsOf (image: byte[]) =
    use file = new PEReader(new MemoryStream(image))
    let metadata = file.GetMetadataReader()

    let withBody =
        [ for handle in metadata.MethodDefinitions do
              let found = metadata.GetMethodDefinition handle

              if found.RelativeVirtualAddress <> 0 then
                  metadata.GetString found.Name, found.ImplAttributes ]

    withBody,
    withBody
    |> List.filter (fun (_, flags) -> flags.HasFlag MethodImplAttributes.NoOptimization)

let keeping =
    testList
        "keeping"
        [ test "every method with a body is marked, once, and nothing else differs" {
              let original = File.ReadAllBytes(typeof<Outcome>.Assembly.Location)
              let changed = Array.copy original
              let methods, before = methodsOf original
              Expect.isGreaterThan methods.Length 5 "methods"
              Expect.equal (Lifetimes.Keep changed) (methods.Length - before.Length) "marked"
              Expect.equal (Lifetimes.Keep changed) 0 "the second time"

              let expected =
                  [ for name, flags in methods ->
                        name, flags ||| MethodImplAttributes.NoOptimization ]

              Expect.equal (methodsOf changed) (expected, expected) "flags"

              let differing =
                  Seq.zip original changed |> Seq.filter (fun (a, b) -> a <> b) |> Seq.length

              Expect.equal differing (methods.Length - before.Length) "bytes"
          }

          test "what is no assembly is refused" {
              for bytes in [ [||]; latin "text"; image unused ] do
                  Expect.throwsT<BadImageFormatException>
                      (fun () -> Lifetimes.Keep bytes |> ignore)
                      "refused"
          } ]

/// TorchSharp's library in NuGet's package folder.
let packaged =
    let home = Environment.GetFolderPath Environment.SpecialFolder.UserProfile

    let packages =
        match Environment.GetEnvironmentVariable "NUGET_PACKAGES" with
        | null
        | "" -> Path.Combine(home, ".nuget", "packages")
        | folder -> folder

    let number = typeof<TorchSharp.torch>.Assembly.GetName().Version.ToString 3
    let inPackage = "runtimes/linux-x64/native/libLibTorchSharp.so"
    Path.Combine(packages, "torchsharp", number, inPackage)

let onLibtorch =
    [ test "beside TorchSharp.dll the need is weak, in the package folder it is not" {
          let copy = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so")

          if not (OperatingSystem.IsLinux() && File.Exists packaged) then
              skiptest "no package folder, or not that of Linux"

          let original, copied = File.ReadAllBytes packaged, File.ReadAllBytes copy
          let outcomeOfCopy = WeakVersions.Mark(copied, version)
          let outcomeOfOriginal = WeakVersions.Mark(original, version)
          Expect.equal outcomeOfCopy Outcome.NotNeeded "the copy"
          Expect.equal outcomeOfOriginal Outcome.Marked "the original"
          Expect.isTrue (copied.AsSpan().SequenceEqual original) "no other difference"
      }

      // A Scalar that is not kept is freed by a collection that comes while libtorch reads it.
      test "all methods of TorchSharp.dll keep what they hand to libtorch" {
          let methods, kept =
              methodsOf (File.ReadAllBytes(typeof<TorchSharp.torch>.Assembly.Location))

          Expect.isGreaterThan methods.Length 5000 "methods"
          Expect.equal kept methods "kept"
      }

      test "of the natives, those of one platform that are loaded are here" {
          let files =
              Directory.GetFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories)

          let count (word: string) =
              files
              |> Array.filter (fun path -> (Path.GetFileName path).Contains word)
              |> Array.length

          Expect.equal (count "torch_cpu.") 1 "libtorch"
          Expect.equal (count "torch_python.") 0 "for Python only"
      } ]

/// The managed engine's copy of the tests has no natives.
let laid = testList "laid" (if Workbench.Engine.isManaged then [] else onLibtorch)

[<Tests>]
let tests = testList "libtorch" [ marking; copying; keeping; laid ]
