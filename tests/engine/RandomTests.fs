module Workbench.Tests.RandomTests

let private placeholder = ()
