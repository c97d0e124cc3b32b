#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): in torch.distributions, rsample gives many of its draws without a gradient, though to
# have one is what it is for. Of its parameter x and another one, w, that is in the loss too, backward fills w's and leaves x's null, and
# raises nothing. So what is behind x, a VAE's encoder for example, is never trained, while the rest makes up for it and the loss falls.
# - It is so for each TransformedDistribution, whatever its base and transforms, so for LogNormal, Gumbel, HalfNormal, HalfCauchy, Weibull,
#   Pareto, Kumaraswamy and RelaxedBernoulli; a transform's own parameters have none either. For Gamma too, Chi2 and FisherSnedecor.
# - Beta's and Dirichlet's draws say requires_grad, but backward raises: "derivative for aten::_sample_dirichlet is not implemented".
# - It is right for Normal, MultivariateNormal, Laplace, Cauchy, Uniform, Exponential and LogitRelaxedBernoulli.
# The draws do depend on x, as another x with the same seed shows, and have the derivative of the formula. Where the loss has no other
# parameter, backward raises. With a transform's forward of the base's rsample, in place of the TransformedDistribution's, x is trained.
#
# Seen (part of it: the gradients of the mean of w times 1000 draws, the formula's for x, and that by differences with the same seed):
#                                                     of w     of x  formula  same seed
#     Normal(x, x)                                  0.5009   1.0018   1.0018     1.0018
#     Laplace(1, x)                                 1.0106   0.0211   0.0211     0.0211
#     LogitRelaxedBernoulli(0.5, x)                -1.6358   9.5238   9.5238     9.5238
#     LogNormal(x, 0.5)                             3.0893     none   3.0893     3.0893
#     Independent(LogNormal(x 1, 0.5), 1)           3.0695     none   3.0695     3.0695
#     Gumbel(1, x)                                  2.1990     none   0.5995     0.5995
#     Weibull(x, 3).expand(1)                       1.7969     none   0.8984     0.8984
#     Pareto(1, x)                                  1.5158     none  -0.2625    -0.2625
#     RelaxedBernoulli(0.5, x)                      0.3335     none   0.9174     0.9174
#     Normal(x, 0.5), ExpTransform                  3.0893     none   3.0893     3.0893
#     Normal(x, x), AffineTransform(1, 2)           2.0018     none   2.0037     2.0037
#     Normal(1, 1), AffineTransform(1, x)           3.0037     none   1.0018     1.0018
#     Gamma(3, x)                                   1.4466     none  -0.7233    -0.7233
#     Chi2(x)                                       4.7819     none   0.9770     0.9813
#     FisherSnedecor(5, x)                          1.3418     none  -0.0799    -0.0866
#     Beta(x, 1)                                    raises   raises   0.1101     0.1150
#     Dirichlet(x 1)                                raises   raises   0.1101     0.1150
#     LogNormal(x, 0.5) without w: element 0 of tensors does not require grad and does not have a grad_fn
#     200 steps of SGD from x = 0, w = 1:
#         LogNormal(x, 0.5).rsample               x 0.0000, w 3.1807
#         ExpTransform of Normal(x, 0.5).rsample  x 0.9336, w 1.6975
#
# Exit code 0: the gradients are there, none, or an error, as here, and the formulas and the changes of the draws agree. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

cat > probe.csproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <OutputType>Exe</OutputType>
    <ImplicitUsings>enable</ImplicitUsings>
    <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
    <SelfContained>false</SelfContained>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="TorchSharp" Version="0.107.0" />
    <PackageReference Include="TorchSharp-cpu" Version="0.107.0" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.cs <<'PROGRAM'
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using D = TorchSharp.torch.distributions;
using Change = System.Func<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
set_num_threads(1);
const int draws = 1000;
const double step = 1e-6, temperature = 0.5;
var seen = true;
var exp = new D.transforms.ExpTransform();
Console.WriteLine($"{"",-43} {"of w",8} {"of x",8} {"formula",8} {"same seed",10}");

// Behind each distribution is a value of x and the derivative of a draw y by x.
var expected = "there";
See("Normal(x, x)", 0.5, x => D.Normal(x, x), (x, y) => y / x);
See("MultivariateNormal(x x, scale_tril x 0 0 x)", 0.5, Multivariate, (x, y) => y / x);
See("Laplace(1, x)", 0.5, x => D.Laplace(T(1), x), (x, y) => (y - 1) / x);
See("Cauchy(1, x)", 0.5, x => D.Cauchy(T(1), x), (x, y) => (y - 1) / x);
See("Uniform(1, x)", 3, x => D.Uniform(T(1), x), (x, y) => (y - 1) / (x - 1));
See("Exponential(x)", 2, x => D.Exponential(x), (x, y) => -y / x);
See("LogitRelaxedBernoulli(0.5, x)", 0.3, x => D.LogitRelaxedBernoulli(T(temperature), x), (x, _) => Logit(x));

// Weibull is expanded, since it draws the right numbers only so.
expected = "none";
See("LogNormal(x, 0.5)", 1, x => D.LogNormal(x, T(0.5)), (_, y) => y);
See("Independent(LogNormal(x 1, 0.5), 1)", 1, x => D.Independent(D.LogNormal(stack([x, T(1)]), T(0.5)), 1), (_, y) => y);
See("Gumbel(1, x)", 2, x => D.Gumbel(T(1), x), (x, y) => (y - 1) / x);
See("HalfNormal(x)", 2, x => D.HalfNormal(x), (x, y) => y / x);
See("HalfCauchy(x)", 2, x => D.HalfCauchy(x), (x, y) => y / x);
See("Weibull(x, 3).expand(1)", 2, x => D.Weibull(x, T(3)).expand(new Size(1)), (x, y) => y / x);
See("Pareto(1, x)", 3, x => D.Pareto(T(1), x), (x, y) => -y * y.log() / x);
See("Kumaraswamy(x, 3)", 2, x => D.Kumaraswamy(x, T(3)), (x, y) => -y * y.log() / x);
See("RelaxedBernoulli(0.5, x)", 0.3, x => D.RelaxedBernoulli(T(temperature), x), (x, y) => y * (1 - y) * Logit(x));
See("Normal(x, 0.5), ExpTransform", 1, x => Transformed(D.Normal(x, T(0.5)), exp), (_, y) => y);
See("Normal(x, x), AffineTransform(1, 2)", 0.5, x => Transformed(D.Normal(x, x), Affine(T(1), T(2))), (x, y) => (y - 1) / x);
See("Normal(1, 1), AffineTransform(1, x)", 2, x => Transformed(D.Normal(T(1), T(1)), Affine(T(1), x)), (x, y) => (y - 1) / x);
See("Gamma(3, x)", 2, x => D.Gamma(T(3), x), (x, y) => -y / x);

// By a gamma's shape libtorch has the derivative. Its sampler rejects some numbers, so that the same seed gives it but nearly.
See("Gamma(x, 1)", 3, x => D.Gamma(x, T(1)), (x, _) => Derivative(x, Gamma), 0.02);
See("Chi2(x)", 5, x => D.Chi2(x), (x, _) => Derivative(x, own => 2 * Gamma(own / 2)), 0.02);
See("FisherSnedecor(5, x)", 7, x => D.FisherSnedecor(T(5), x), (x, _) => Derivative(x, Fisher), 0.2);

expected = "raises";
See("Beta(x, 1)", 2, x => D.Beta(x, T(1)), (x, y) => -y * y.log() / x, 0.2);
See("Dirichlet(x 1)", 2, x => D.Dirichlet(stack([x, T(1)])), (x, y) => -y * y.log() / x, 0.2);

// With nothing else to train it is an error.
var alone = "nothing";
try { D.LogNormal(T(1).requires_grad_(), T(0.5)).rsample(draws).mean().backward(); }
catch (ExternalException error) { alone = error.Message.Split('\n')[0]; }
Console.WriteLine($"LogNormal(x, 0.5) without w: {alone}");
seen &= alone.Contains("does not require grad");

// The loss is the square of 5 minus the mean of w times 64 draws.
Console.WriteLine("200 steps of SGD from x = 0, w = 1:");
Train("LogNormal(x, 0.5).rsample", x => D.LogNormal(x, T(0.5)).rsample(64), true);
Train("ExpTransform of Normal(x, 0.5).rsample", x => exp.forward(D.Normal(x, T(0.5)).rsample(64)), false);
return seen ? 0 : 1;

Tensor T(params double[] values) => values.Length == 1 ? tensor(values[0], float64) : tensor(values, float64);
Tensor Logit(Tensor x) => 1 / (x * (1 - x) * temperature);
Tensor Gamma(Tensor shape) => _standard_gamma(shape.expand(draws));
D.Distribution Multivariate(Tensor x) => D.MultivariateNormal(stack([x, x]), scale_tril: x * eye(2, dtype: float64));
D.Distribution Transformed(D.Distribution start, D.transforms.Transform transform) => new TransformedDistribution(start, [transform]);
D.transforms.Transform Affine(Tensor loc, Tensor scale) => new D.transforms.AffineTransform(loc, scale);

Tensor Fisher(Tensor x)
{
    var above = Gamma(T(2.5)) / 5;
    return above / (Gamma(x / 2) / x);
}

// The first numbers of the draws where each has several.
Tensor Draw(D.Distribution distribution)
{
    manual_seed(1);
    var drawn = distribution.rsample(draws);
    return drawn.dim() == 1 ? drawn : drawn.select(-1, 0);
}

// The mean's, by what is drawn with the same seed.
Tensor Derivative(Tensor x, Change draw)
{
    var own = x.detach().clone().requires_grad_();
    manual_seed(1);
    draw(own).mean().backward();
    return own.grad;
}

// The gradients of the mean of w times the draws, at w = 1, beside the formula's for x and that by differences.
void See(string what, double at, Func<Tensor, D.Distribution> make, Func<Tensor, Tensor, Tensor> derivative, double within = 1e-5)
{
    var (x, w) = (T(at).requires_grad_(), T(1).requires_grad_());
    var drawn = Draw(make(x));
    var raised = false;
    try { (drawn * w).mean().backward(); }
    catch (ExternalException error) { raised = error.Message.Contains("derivative for aten::_sample_dirichlet is not implemented"); }

    double? ofX = x.grad?.item<double>(), ofW = w.grad?.item<double>();
    var formula = derivative(x, drawn).mean().item<double>();
    var differences = (Draw(make(T(at + step))) - Draw(make(T(at - step)))).mean().item<double>() / (2 * step);
    string Said(double? gradient) => raised ? "raises" : gradient?.ToString("F4") ?? "none";
    Console.WriteLine($"{what,-43} {Said(ofW),8} {Said(ofX),8} {formula,8:F4} {differences,10:F4}");

    seen &= Near(differences, formula, within) && Math.Abs(formula) > 0.01 && raised == (expected == "raises");
    seen &= raised || Near(ofW, drawn.mean().item<double>(), 1e-9);
    seen &= expected == "there" ? Near(ofX, formula, 1e-9) : ofX is null;
}

void Train(string what, Change draw, bool stays)
{
    manual_seed(1);
    var (x, w) = (new Parameter(T(0)), new Parameter(T(1)));
    var optimiser = optim.SGD([x, w], 0.002);
    for (var turn = 0; turn < 200; turn++)
    {
        optimiser.zero_grad();
        var loss = (5 - (draw(x) * w).mean()).square();
        loss.backward();
        optimiser.step();
    }

    Console.WriteLine($"    {what,-39} x {x.item<double>():F4}, w {w.item<double>():F4}");
    seen &= w.item<double>() > 1.1 && (stays ? x.item<double>() == 0 : x.item<double>() > 0.1);
}

bool Near(double? value, double wanted, double within) => value is double number && Math.Abs(number - wanted) <= within * Math.Abs(wanted);
PROGRAM

dotnet build -c Release -o out -v quiet

# Before GCC 13's C++ library, 0.107.0 does not load: it names a version of symbols that nothing in it uses. In this copy of the file
# the need carries the flag "weak" (one byte of .gnu.version_r).
if ! strings -a "$(ldconfig -p | awk '/libstdc\+\+\.so\.6.*x86-64/ { print $NF; exit }')" | grep -qx GLIBCXX_3.4.32; then
    cp out/libLibTorchSharp.so copy.so
    printf '\002' | dd of=copy.so bs=1 seek=260660 conv=notrunc status=none
    mv -f copy.so out/libLibTorchSharp.so
fi

dotnet out/probe.dll
