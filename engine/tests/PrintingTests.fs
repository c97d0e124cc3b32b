/// How tensors read in a session and in messages.
module Workbench.Tests.PrintingTests

open System.Globalization
open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport

type private Tensor = torch.Tensor

let private show (tensor: Tensor) =
    tensor.npstr (newLine = "\n", cultureInfo = CultureInfo.InvariantCulture)

let private printed: (string * (unit -> Tensor) * string) list =
    [ "a vector", (fun () -> torch.from_array [| 1L; 20L; 3L |]), "[1, 20, 3]"
      "a number", (fun () -> torch.tensor 2.5), "2.5"
      "nothing", (fun () -> torch.zeros 0), "[]"
      "two rows of nothing", (fun () -> torch.zeros (2, 0)), "[[]\n []]"
      "a matrix", (fun () -> torch.arange(6L.ToScalar()).reshape(2, 3)), "[[0, 1, 2]\n [3, 4, 5]]"
      "three dimensions",
      (fun () -> torch.arange(8L.ToScalar()).reshape(2, 2, 2)),
      "[[[0, 1]\n  [2, 3]]\n\n [[4, 5]\n  [6, 7]]]"
      "bools", (fun () -> torch.from_array [| true; false |]), "[True, False]"
      "bytes", (fun () -> torch.from_array [| 7uy |]), "[7]"
      "floats",
      (fun () -> torch.from_array [| 0.5f; -1.0f; nanf; infinityf; 123456.789f; 1e-10f |]),
      "[0.5, -1, NaN, Infinity, 1.2346e+05, 1e-10]"
      "a long vector", (fun () -> torch.arange (100L.ToScalar())), "[0, 1, 2, ... 97, 98, 99]"
      "long rows",
      (fun () -> torch.arange(14L.ToScalar()).reshape(2, 7)),
      "[[0, 1, 2, ... 4, 5, 6]\n [7, 8, 9, ... 11, 12, 13]]"
      "many rows",
      (fun () -> torch.arange(7L.ToScalar()).reshape(7, 1)),
      "[[0]\n [1]\n [2]\n ...\n [4]\n [5]\n [6]]" ]

let private printing =
    [ for name, make, expected in printed do
          inScope $"npstr of {name}" (fun () ->
              Expect.equal (show (make ())) expected "as it reads")
      inScope "npstr in the machine's language" (fun () ->
          let x = torch.from_array [| 0.5f |]
          let german = CultureInfo "de-DE"
          Expect.equal (x.npstr (cultureInfo = german)) "[0,5]" "as asked"
          let before = CultureInfo.CurrentCulture

          try
              CultureInfo.CurrentCulture <- german
              Expect.equal (x.npstr ()) "[0,5]" "unasked"
          finally
              CultureInfo.CurrentCulture <- before)
      inScope "a watched tensor prints" (fun () ->
          Expect.equal (show (torch.ones (1, requires_grad = true))) "[1]" "its elements")
      inScope "ToString says what a tensor is" (fun () ->
          Expect.equal
              (torch.zeros(2, 3).ToString())
              "[2x3], type = Float32, device = cpu"
              "a matrix"

          Expect.equal (torch.tensor(1L).ToString()) "[], type = Int64, device = cpu" "a number"
          Expect.equal (torch.zeros(0).ToString()) "[0], type = Float32, device = cpu" "nothing") ]

[<Tests>]
let tests = testList "Tensors printed" printing
