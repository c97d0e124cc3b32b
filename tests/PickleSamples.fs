/// Pickles that numpy wrote, so that the tests need no Python. They were made by:
///
///     images = (numpy.arange(12, dtype='u1') * 20).reshape(2, 1, 2, 3)
///     splits = {'train': {'images': images, 'labels': numpy.array([7, 1])},
///               'test': {'images': numpy.asfortranarray(images), 'labels': [2, 3]}}
///     array = numpy.empty((), dtype=object); array[()] = splits
///     base64.b64encode(pickle.dumps(array, PROTOCOL))
///
/// and for the names of numpy 2 with `numpy.core` aliased as `numpy._core` in sys.modules and in the functions' __module__.
module Workbench.Tests.PickleSamples

open System

let private decode (lines: string list) =
    Convert.FromBase64String(String.concat "" lines)

let protocol2 =
    decode
        [ "gAJjbnVtcHkuY29yZS5tdWx0aWFycmF5Cl9yZWNvbnN0cnVjdApxAGNudW1weQpuZGFycmF5CnEBSwCFcQJjX2Nv"
          "ZGVjcwplbmNvZGUKcQNYAQAAAGJxBFgGAAAAbGF0aW4xcQWGcQZScQeHcQhScQkoSwEpY251bXB5CmR0eXBlCnEK"
          "WAIAAABPOHELiYiHcQxScQ0oSwNYAQAAAHxxDk5OTkr/////Sv////9LP3RxD2KJXXEQfXERKFgFAAAAdHJhaW5x"
          "En1xEyhYBgAAAGltYWdlc3EUaABoAUsAhXEVaAeHcRZScRcoSwEoSwJLAUsCSwN0cRhoClgCAAAAdTFxGYmIh3Ea"
          "UnEbKEsDaA5OTk5K/////0r/////SwB0cRxiiWgDWBEAAAAAFCg8UGR4wozCoMK0w4jDnHEdaAWGcR5ScR90cSBi"
          "WAYAAABsYWJlbHNxIWgAaAFLAIVxImgHh3EjUnEkKEsBSwKFcSVoClgCAAAAaThxJomIh3EnUnEoKEsDWAEAAAA8"
          "cSlOTk5K/////0r/////SwB0cSpiiWgDWBAAAAAHAAAAAAAAAAEAAAAAAAAAcStoBYZxLFJxLXRxLmJ1WAQAAAB0"
          "ZXN0cS99cTAoaBRoAGgBSwCFcTFoB4dxMlJxMyhLAShLAksBSwJLA3RxNGgbiGgDWBEAAAAAeDzCtBTCjFDDiCjC"
          "oGTDnHE1aAWGcTZScTd0cThiaCFdcTkoSwJLA2V1dWF0cTpiLg==" ]

let protocol3 =
    decode
        [ "gANjbnVtcHkuY29yZS5tdWx0aWFycmF5Cl9yZWNvbnN0cnVjdApxAGNudW1weQpuZGFycmF5CnEBSwCFcQJDAWJx"
          "A4dxBFJxBShLASljbnVtcHkKZHR5cGUKcQZYAgAAAE84cQeJiIdxCFJxCShLA1gBAAAAfHEKTk5OSv////9K////"
          "/0s/dHELYoldcQx9cQ0oWAUAAAB0cmFpbnEOfXEPKFgGAAAAaW1hZ2VzcRBoAGgBSwCFcRFoA4dxElJxEyhLAShL"
          "AksBSwJLA3RxFGgGWAIAAAB1MXEViYiHcRZScRcoSwNoCk5OTkr/////Sv////9LAHRxGGKJQwwAFCg8UGR4jKC0"
          "yNxxGXRxGmJYBgAAAGxhYmVsc3EbaABoAUsAhXEcaAOHcR1ScR4oSwFLAoVxH2gGWAIAAABpOHEgiYiHcSFScSIo"
          "SwNYAQAAADxxI05OTkr/////Sv////9LAHRxJGKJQxAHAAAAAAAAAAEAAAAAAAAAcSV0cSZidVgEAAAAdGVzdHEn"
          "fXEoKGgQaABoAUsAhXEpaAOHcSpScSsoSwEoSwJLAUsCSwN0cSxoF4hDDAB4PLQUjFDIKKBk3HEtdHEuYmgbXXEv"
          "KEsCSwNldXVhdHEwYi4=" ]

let protocol4 =
    decode
        [ "gASVlAEAAAAAAACMFW51bXB5LmNvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFy"
          "cmF5lJOUSwCFlEMBYpSHlFKUKEsBKWgDjAVkdHlwZZSTlIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9L"
          "P3SUYoldlH2UKIwFdHJhaW6UfZQojAZpbWFnZXOUaAJoBUsAhZRoB4eUUpQoSwEoSwJLAUsCSwN0lGgLjAJ1MZSJ"
          "iIeUUpQoSwNoD05OTkr/////Sv////9LAHSUYolDDAAUKDxQZHiMoLTI3JR0lGKMBmxhYmVsc5RoAmgFSwCFlGgH"
          "h5RSlChLAUsChZRoC4wCaTiUiYiHlFKUKEsDjAE8lE5OTkr/////Sv////9LAHSUYolDEAcAAAAAAAAAAQAAAAAA"
          "AACUdJRidYwEdGVzdJR9lChoFWgCaAVLAIWUaAeHlFKUKEsBKEsCSwFLAksDdJRoHIhDDAB4PLQUjFDIKKBk3JR0"
          "lGJoIF2UKEsCSwNldXVhdJRiLg==" ]

let protocol5 =
    decode
        [ "gAWVrAEAAAAAAACMFW51bXB5LmNvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFy"
          "cmF5lJOUSwCFlEMBYpSHlFKUKEsBKWgDjAVkdHlwZZSTlIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9L"
          "P3SUYoldlH2UKIwFdHJhaW6UfZQojAZpbWFnZXOUjBJudW1weS5jb3JlLm51bWVyaWOUjAtfZnJvbWJ1ZmZlcpST"
          "lCiWDAAAAAAAAAAAFCg8UGR4jKC0yNyUaAuMAnUxlImIh5RSlChLA2gPTk5OSv////9K/////0sAdJRiKEsCSwFL"
          "AksDdJSMAUOUdJRSlIwGbGFiZWxzlGgYKJYQAAAAAAAAAAcAAAAAAAAAAQAAAAAAAACUaAuMAmk4lImIh5RSlChL"
          "A4wBPJROTk5K/////0r/////SwB0lGJLAoWUaB90lFKUdYwEdGVzdJR9lChoFWgYKJYMAAAAAAAAAAB4PLQUjFDI"
          "KKBk3JRoHChLAksBSwJLA3SUjAFGlHSUUpRoIl2UKEsCSwNldXVhdJRiLg==" ]

let newNames4 =
    decode
        [ "gASVlQEAAAAAAACMFm51bXB5Ll9jb3JlLm11bHRpYXJyYXmUjAxfcmVjb25zdHJ1Y3SUk5SMBW51bXB5lIwHbmRh"
          "cnJheZSTlEsAhZRDAWKUh5RSlChLASloA4wFZHR5cGWUk5SMAk84lImIh5RSlChLA4wBfJROTk5K/////0r/////"
          "Sz90lGKJXZR9lCiMBXRyYWlulH2UKIwGaW1hZ2VzlGgCaAVLAIWUaAeHlFKUKEsBKEsCSwFLAksDdJRoC4wCdTGU"
          "iYiHlFKUKEsDaA9OTk5K/////0r/////SwB0lGKJQwwAFCg8UGR4jKC0yNyUdJRijAZsYWJlbHOUaAJoBUsAhZRo"
          "B4eUUpQoSwFLAoWUaAuMAmk4lImIh5RSlChLA4wBPJROTk5K/////0r/////SwB0lGKJQxAHAAAAAAAAAAEAAAAA"
          "AAAAlHSUYnWMBHRlc3SUfZQoaBVoAmgFSwCFlGgHh5RSlChLAShLAksBSwJLA3SUaByIQwwAeDy0FIxQyCigZNyU"
          "dJRiaCBdlChLAksDZXV1YXSUYi4=" ]

let newNames5 =
    decode
        [ "gAWVrgEAAAAAAACMFm51bXB5Ll9jb3JlLm11bHRpYXJyYXmUjAxfcmVjb25zdHJ1Y3SUk5SMBW51bXB5lIwHbmRh"
          "cnJheZSTlEsAhZRDAWKUh5RSlChLASloA4wFZHR5cGWUk5SMAk84lImIh5RSlChLA4wBfJROTk5K/////0r/////"
          "Sz90lGKJXZR9lCiMBXRyYWlulH2UKIwGaW1hZ2VzlIwTbnVtcHkuX2NvcmUubnVtZXJpY5SMC19mcm9tYnVmZmVy"
          "lJOUKJYMAAAAAAAAAAAUKDxQZHiMoLTI3JRoC4wCdTGUiYiHlFKUKEsDaA9OTk5K/////0r/////SwB0lGIoSwJL"
          "AUsCSwN0lIwBQ5R0lFKUjAZsYWJlbHOUaBgolhAAAAAAAAAABwAAAAAAAAABAAAAAAAAAJRoC4wCaTiUiYiHlFKU"
          "KEsDjAE8lE5OTkr/////Sv////9LAHSUYksChZRoH3SUUpR1jAR0ZXN0lH2UKGgVaBgolgwAAAAAAAAAAHg8tBSM"
          "UMgooGTclGgcKEsCSwFLAksDdJSMAUaUdJRSlGgiXZQoSwJLA2V1dWF0lGIu" ]
