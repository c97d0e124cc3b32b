namespace Workbench

open System
open System.IO
open System.Text.RegularExpressions
open TorchSharp

/// Where tensors lie, and are computed with: the CPU, or on libtorch a CUDA device. Whatever is computed of a tensor lies where it does;
/// a new one is made on the device of those that it is for.
[<RequireQualifiedAccess>]
module Device =

    /// The word for the CPU, which computes where nothing else is asked for.
    let standard = "cpu"

    // `cuda` is the first device, as `cuda:0` is.
    let private form = Regex @"\A(cpu|cuda(:(?<number>0|[1-9]\d{0,2}))?)\z"

    /// Whether a word names a device, of this machine or of another.
    let isWord (word: string) : bool = form.IsMatch word

    /// Whether the build has laid libtorch for CUDA beside TorchSharp.
    let private isBuiltFor () =
        let library =
            if OperatingSystem.IsWindows() then "torch_cuda.dll" else "libtorch_cuda.so"

        File.Exists(Path.Combine(Path.GetDirectoryName typeof<torch>.Assembly.Location, library))

    let private cuda (word: string) =
        let number = form.Match(word).Groups["number"].Value
        let index = if number = "" then 0 else int number

        if Engine.isManaged then
            BadInput.fail
                "--device %s: the managed engine computes on the CPU alone; leave the option out, or take --engine torch"
                word

        if not (isBuiltFor ()) then
            BadInput.fail
                "--device %s: this build's libtorch computes on the CPU alone: build it with dotnet build -c Release -p:Libtorch=cuda (docs/packages.md), or take --device cpu"
                word

        if not (torch.cuda.is_available ()) then
            BadInput.fail
                "--device %s: libtorch finds no CUDA device: nvidia-smi tells whether there is one, and a driver; --device cpu goes without"
                word

        let count = torch.cuda.device_count ()

        if index >= count then
            BadInput.fail
                "--device %s: there is none of this number; the last one here is cuda:%d"
                word
                (count - 1)

        torch.Device(DeviceType.CUDA, index)

    /// The device that a word names. Raises `BadInput` where there is none such. The engine must be loaded.
    let find (word: string) : torch.Device =
        if word = standard then torch.CPU else cuda word

    /// A tensor on a device: itself, where it lies there.
    let move (device: torch.Device) (tensor: Tensor) : Tensor =
        let its = tensor.device

        if its.``type`` = device.``type`` && its.index = device.index then
            tensor
        else
            tensor.``to`` device
