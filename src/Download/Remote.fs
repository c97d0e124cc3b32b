namespace Workbench

open System
open System.Threading

/// A file to download: its name, its size, and the SHA-256 of its bytes in lower-case hexadecimal.
type RemoteFile =
    { Name: string
      Bytes: int64
      Sha256: string }

/// A data set's files and the addresses that have them: each ends with a slash, the first is tried first.
type RemoteSet =
    { Name: string
      Files: RemoteFile list
      Addresses: string list }

/// How long a download waits, and how often it tries.
type Patience =
    {
        /// For the beginning of an answer.
        Connect: TimeSpan
        /// For the next bytes of an answer that has begun.
        Stall: TimeSpan
        /// Tries at one address.
        Tries: int
        /// Before the second try; twice as long before each further one.
        Backoff: TimeSpan
    }

/// How a download behaves: whether it tells of itself, what stops it, how patient it is.
type DownloadOptions =
    { Quiet: bool
      Stop: CancellationToken
      Patience: Patience }

/// The data sets that can be downloaded, as they have been published since 1998 and 2017.
[<RequireQualifiedAccess>]
module Remote =
    let private files (entries: (string * int64 * string) list) =
        [ for name, bytes, sha256 in entries ->
              { Name = name + "-ubyte.gz"
                Bytes = bytes
                Sha256 = sha256 } ]

    let private mnist =
        { Name = "mnist"
          Files =
            files
                [ "train-images-idx3",
                  9_912_422L,
                  "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
                  "train-labels-idx1",
                  28_881L,
                  "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
                  "t10k-images-idx3",
                  1_648_877L,
                  "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
                  "t10k-labels-idx1",
                  4_542L,
                  "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6" ]
          Addresses =
            [ "https://ossci-datasets.s3.amazonaws.com/mnist/"
              "https://storage.googleapis.com/cvdf-datasets/mnist/" ] }

    let private fashionMnist =
        { Name = "fashion-mnist"
          Files =
            files
                [ "train-images-idx3",
                  26_421_880L,
                  "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
                  "train-labels-idx1",
                  29_515L,
                  "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
                  "t10k-images-idx3",
                  4_422_102L,
                  "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
                  "t10k-labels-idx1",
                  5_148L,
                  "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5" ]
          Addresses =
            [ "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
              "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/" ] }

    /// Every data set that can be downloaded.
    let sets: RemoteSet list = [ mnist; fashionMnist ]
