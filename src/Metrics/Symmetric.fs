namespace Workbench

/// Eigenvalues of real symmetric matrices of a few hundred rows, in double precision.
[<RequireQualifiedAccess>]
module Symmetric =

    /// A = V diag(values) V^T: the eigenvalues, and the eigenvectors as V's columns, in no order.
    type Decomposition = { Values: float[]; Vectors: float[,] }

    /// Rounds of rotations after which any matrix is diagonal to the last bits; six to ten are usual.
    let private mostSweeps = 50

    let private offDiagonal (a: float[,]) =
        let n = Array2D.length1 a

        Seq.sum
            [ for i in 0 .. n - 1 do
                  for j in i + 1 .. n - 1 do
                      a[i, j] * a[i, j] ]

    /// (x, y) becomes (c x - s y, s x + c y) for two rows of a matrix.
    let private turnRows (a: float[,]) p q c s =
        for k in 0 .. Array2D.length2 a - 1 do
            let x, y = a[p, k], a[q, k]
            a[p, k] <- c * x - s * y
            a[q, k] <- s * x + c * y

    let private turnColumns (a: float[,]) p q c s =
        for k in 0 .. Array2D.length1 a - 1 do
            let x, y = a[k, p], a[k, q]
            a[k, p] <- c * x - s * y
            a[k, q] <- s * x + c * y

    /// The rotation that makes a[p, q] 0, by the smaller of the two possible angles.
    let private rotation (a: float[,]) p q =
        let theta = (a[q, q] - a[p, p]) / (2.0 * a[p, q])
        let sign = if theta >= 0.0 then 1.0 else -1.0
        let t = sign / (abs theta + sqrt (theta * theta + 1.0))
        let c = 1.0 / sqrt (t * t + 1.0)
        c, t * c

    /// The cyclic Jacobi method (Golub and Van Loan, Matrix Computations, section 8.5). Only the matrix's symmetric part is
    /// looked at.
    let decompose (matrix: float[,]) : Decomposition =
        let n = Array2D.length1 matrix

        if n <> Array2D.length2 matrix then
            invalidArg (nameof matrix) $"{n} x {Array2D.length2 matrix} is not square"

        let a = Array2D.init n n (fun i j -> (matrix[i, j] + matrix[j, i]) / 2.0)
        // The vectors lie in rows while they are turned: rows are faster.
        let vectors = Array2D.init n n (fun i j -> if i = j then 1.0 else 0.0)
        let scale = Seq.sum (seq { for x in Seq.cast<float> a -> x * x })
        let small = scale * 1e-30

        let rec sweep left =
            if left > 0 && offDiagonal a > small then
                for p in 0 .. n - 2 do
                    for q in p + 1 .. n - 1 do
                        if a[p, q] <> 0.0 then
                            let c, s = rotation a p q
                            turnRows a p q c s
                            turnColumns a p q c s
                            turnRows vectors p q c s

                sweep (left - 1)

        sweep mostSweeps

        { Values = Array.init n (fun i -> a[i, i])
          Vectors = Array2D.init n n (fun i j -> vectors[j, i]) }

    let private product (a: float[,]) (b: float[,]) =
        let n, inner, m = Array2D.length1 a, Array2D.length2 a, Array2D.length2 b

        Array2D.init n m (fun i j ->
            let mutable sum = 0.0

            for k in 0 .. inner - 1 do
                sum <- sum + a[i, k] * b[k, j]

            sum)

    /// A B A for symmetric A and B.
    let sandwich (a: float[,]) (b: float[,]) : float[,] = product (product a b) a

    /// The root of a positive semidefinite matrix: V diag(root of values) V^T. Negative eigenvalues, which rounding may
    /// leave, count as 0.
    let root (matrix: float[,]) : float[,] =
        let parts = decompose matrix
        let n = parts.Values.Length
        let roots = parts.Values |> Array.map (fun value -> sqrt (max 0.0 value))
        let scaled = Array2D.init n n (fun i j -> parts.Vectors[i, j] * roots[j])
        product scaled (Array2D.init n n (fun i j -> parts.Vectors[j, i]))
