/// The engine against PyTorch's answers, edge cases above all.
module Workbench.Tests.GoldenTests

open Expecto
open TorchSharp
open Workbench.Tests

type private Tensor = torch.Tensor
type private F = torch.nn.functional
type private Reduction = torch.nn.Reduction

let private scalar (x: float) = x.ToScalar()

let private unary: (string * (Tensor -> Tensor)) list =
    [ "neg", (fun x -> x.neg ())
      "abs", (fun x -> x.abs ())
      "sign", (fun x -> x.sign ())
      "exp", (fun x -> x.exp ())
      "expm1", (fun x -> x.expm1 ())
      "log", (fun x -> x.log ())
      "log1p", (fun x -> x.log1p ())
      "sqrt", (fun x -> x.sqrt ())
      "rsqrt", (fun x -> x.rsqrt ())
      "square", (fun x -> x.square ())
      "reciprocal", (fun x -> x.reciprocal ())
      "tanh", (fun x -> x.tanh ())
      "sigmoid", (fun x -> x.sigmoid ())
      "relu", (fun x -> x.relu ())
      "leaky_relu 0.2", (fun x -> x.leaky_relu (scalar 0.2))
      "softplus", (fun x -> x.softplus ())
      "softplus 2 0.5", (fun x -> x.softplus (2.0, 0.5))
      "log_sigmoid", (fun x -> x.log_sigmoid ())
      "clamp", (fun x -> x.clamp (scalar -0.5, scalar 0.75))
      "clamp min", (fun x -> x.clamp_min (scalar -0.5))
      "clamp max", (fun x -> x.clamp_max (scalar 0.75))
      "isnan", (fun x -> x.isnan ())
      "isinf", (fun x -> x.isinf ())
      "isfinite", (fun x -> x.isfinite ())
      "logical_not", (fun x -> x.logical_not ())
      "lt 0.5", (fun x -> x.lt (scalar 0.5))
      "le 0.5", (fun x -> x.le (scalar 0.5))
      "gt 0.5", (fun x -> x.gt (scalar 0.5))
      "ge 0.5", (fun x -> x.ge (scalar 0.5))
      "eq 0.5", (fun x -> x.eq (scalar 0.5))
      "ne 0.5", (fun x -> x.ne (scalar 0.5))
      "pow 0", (fun x -> x.pow (0L.ToScalar()))
      "pow 1", (fun x -> x.pow (1L.ToScalar()))
      "pow 2", (fun x -> x.pow (2L.ToScalar()))
      "pow 3", (fun x -> x.pow (3L.ToScalar()))
      "pow 0.5", (fun x -> x.pow (scalar 0.5))
      "pow -0.5", (fun x -> x.pow (scalar -0.5))
      "pow -1", (fun x -> x.pow ((-1L).ToScalar()))
      "pow -2", (fun x -> x.pow ((-2L).ToScalar()))
      "pow 2.7", (fun x -> x.pow (scalar 2.7))
      "plus 2", (fun x -> x + 2)
      "plus 2.5", (fun x -> x + 2.5)
      "times 2", (fun x -> x * 2)
      "over 2", (fun x -> x / 2)
      "to int64", (fun x -> x.to_type torch.int64)
      "to bool", (fun x -> x.to_type torch.bool)
      "to float32", (fun x -> x.to_type torch.float32)
      "sum", (fun x -> x.sum ())
      "mean", (fun x -> x.mean ())
      "max", (fun x -> x.max ())
      "min", (fun x -> x.min ())
      "argmax", (fun x -> x.argmax ())
      "argmin", (fun x -> x.argmin ())
      "var", (fun x -> x.var ())
      "std", (fun x -> x.std ())
      "var biased", (fun x -> x.var false)
      "std biased", (fun x -> x.std false)
      "norm", (fun x -> x.norm ())
      "norm 1", (fun x -> x.norm 1.0f)
      "norm 3", (fun x -> x.norm 3.0f)
      "norm inf", (fun x -> x.norm infinityf)
      "all", (fun x -> x.all ())
      "any", (fun x -> x.any ())
      "softmax", (fun x -> x.softmax 0)
      "log_softmax", (fun x -> x.log_softmax 0)
      "logsumexp", (fun x -> x.logsumexp 0)
      "sum along 1", (fun x -> x.sum (1L))
      "mean along 0 kept", (fun x -> x.mean ([| 0L |], true))
      "argmax along 1", (fun x -> x.argmax 1)
      "argmin along 0", (fun x -> x.argmin 0)
      "logsumexp along 1", (fun x -> x.logsumexp 1)
      "softmax along 0", (fun x -> x.softmax 0)
      "one_hot 4", (fun x -> F.one_hot (x, 4)) ]

let private binary: (string * (Tensor -> Tensor -> Tensor)) list =
    [ "add", (fun a b -> a.add b)
      "sub", (fun a b -> a.sub b)
      "mul", (fun a b -> a.mul b)
      "div", (fun a b -> a.div b)
      "pow", (fun a b -> a.pow b)
      "maximum", (fun a b -> a.maximum b)
      "minimum", (fun a b -> a.minimum b)
      "eq", (fun a b -> a.eq b)
      "ne", (fun a b -> a.ne b)
      "lt", (fun a b -> a.lt b)
      "le", (fun a b -> a.le b)
      "gt", (fun a b -> a.gt b)
      "ge", (fun a b -> a.ge b)
      "binary_cross_entropy none",
      (fun x t -> F.binary_cross_entropy (x, t, reduction = Reduction.None))
      "binary_cross_entropy mean", (fun x t -> F.binary_cross_entropy (x, t))
      "binary_cross_entropy_with_logits none",
      (fun x t -> F.binary_cross_entropy_with_logits (x, t, reduction = Reduction.None))
      "binary_cross_entropy_with_logits sum",
      (fun x t -> F.binary_cross_entropy_with_logits (x, t, reduction = Reduction.Sum))
      "mse_loss", (fun x t -> F.mse_loss (x, t))
      "l1_loss none", (fun x t -> F.l1_loss (x, t, Reduction.None))
      "cross_entropy none", (fun x t -> F.cross_entropy (x, t, reduction = Reduction.None))
      "cross_entropy mean", (fun x t -> F.cross_entropy (x, t))
      "nll_loss sum", (fun x t -> F.nll_loss (x, t, reduction = Reduction.Sum)) ]

let private pair (struct (values: Tensor, positions: Tensor)) = [ values; positions ]

let private batchNorm training (x: Tensor[]) =
    let features = int x[1].shape[0]

    let mean =
        torch.from_array (Array.init features (fun i -> 0.25f * (float32 i - 1.0f)))

    let variance =
        torch.from_array (Array.init features (fun i -> 2.0f * (float32 i + 0.5f)))

    let y = F.batch_norm (x[0], mean, variance, x[1], x[2], training, 0.3, 1e-3)
    if training then [ y; mean; variance ] else [ y ]

let private others: (string * (Tensor[] -> Tensor list)) list =
    [ "where", (fun x -> [ torch.where (x[0], x[1], x[2]) ])
      "where of a logarithm", (fun x -> [ torch.where (x[0].gt(0L.ToScalar()), x[0].log(), x[0]) ])
      "masked_fill 7", (fun x -> [ x[0].masked_fill(x[1], 7L.ToScalar()) ])
      "max along 0", (fun x -> pair (x[0].max 0L))
      "min along 0", (fun x -> pair (x[0].min 0L))
      "cross_entropy weighted", (fun x -> [ F.cross_entropy (x[0], x[1], x[2].detach()) ])
      "batch_norm training", batchNorm true
      "batch_norm evaluation", batchNorm false
      "batch_norm plain", (fun x -> [ F.batch_norm (x[0], null, null, training = true) ]) ]

let private bias (x: Tensor[]) = if x.Length > 2 then x[2] else null

let private convolved strides padding (x: Tensor[]) =
    [ F.conv2d (x[0], x[1], bias x, strides, padding) ]

let private spread strides padding extra (x: Tensor[]) =
    [ F.conv_transpose2d (x[0], x[1], bias x, strides, padding, extra) ]

let private windows: (string * (Tensor[] -> Tensor list)) list =
    [ "conv2d", convolved null null
      "conv2d strides 2", convolved [| 2L |] null
      "conv2d strides 2 padding 2", convolved [| 2L; 2L |] [| 2L; 2L |]
      "conv2d strides 3 1 padding 0 4", convolved [| 3L; 1L |] [| 0L; 4L |]
      "conv2d strides 2 3 padding 1 0", convolved [| 2L; 3L |] [| 1L; 0L |]
      "conv_transpose2d", spread null null null
      "conv_transpose2d strides 2", spread [| 2L |] null null
      "conv_transpose2d strides 2 padding 1", spread [| 2L; 2L |] [| 1L; 1L |] null
      "conv_transpose2d strides 2 padding 1 0 output_padding 1",
      spread [| 2L; 2L |] [| 1L; 0L |] [| 1L; 1L |]
      "conv_transpose2d strides 3 4 output_padding 2 3", spread [| 3L; 4L |] null [| 2L; 3L |]
      "conv_transpose2d padding 2 1", spread null [| 2L; 1L |] null
      "max_pool2d 2", (fun x -> [ F.max_pool2d (x[0], 2L) ])
      "max_pool2d 3 stride 2 padding 1", (fun x -> [ F.max_pool2d (x[0], 3L, 2L, 1L) ])
      "max_pool2d 3 2 strides 1 3 padding 0 1 ceil",
      (fun x -> [ F.max_pool2d (x[0], [| 3L; 2L |], [| 1L; 3L |], [| 0L; 1L |], ceil_mode = true) ])
      "avg_pool2d 2", (fun x -> [ F.avg_pool2d (x[0], 2L) ])
      "avg_pool2d 3 stride 2 padding 1", (fun x -> [ F.avg_pool2d (x[0], 3L, 2L, 1L) ])
      "avg_pool2d 3 stride 2 padding 1 ceil",
      (fun x -> [ F.avg_pool2d (x[0], 3L, 2L, 1L, ceil_mode = true) ])
      "avg_pool2d 3 stride 2 padding 1 ceil without padding",
      (fun x -> [ F.avg_pool2d (x[0], 3L, 2L, 1L, ceil_mode = true, count_include_pad = false) ])
      "avg_pool2d 2 3 stride 3 2 padding 1 0 divisor 5",
      (fun x ->
          [ F.avg_pool2d (x[0], [| 2L; 3L |], [| 3L; 2L |], [| 1L; 0L |], divisor_override = 5L) ]) ]

let private operations =
    Map.ofList
        [ for name, f in unary -> name, (fun (x: Tensor[]) -> [ f x[0] ])
          for name, f in binary -> name, (fun (x: Tensor[]) -> [ f x[0] x[1] ])
          yield! others
          yield! windows ]

let private caseTests =
    [ for case in Golden.cases.Value do
          if case.Note <> "trajectory" && case.Op <> "clip_grad_norm_" then
              let name = if case.Note = "" then case.Op else $"{case.Op}, {case.Note}"
              testCase name (fun () -> Golden.check operations[case.Op] case) ]

[<Tests>]
let tests =
    testList
        "As PyTorch"
        [ testList "operations" caseTests
          testCase "every operation of this table has a case" (fun () ->
              let seen = Golden.cases.Value |> List.map _.Op |> Set.ofList

              for name in operations.Keys do
                  Expect.isTrue (seen.Contains name) $"{name} is in golden/ops.json") ]
