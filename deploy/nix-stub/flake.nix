{
  description = "Stands in for nixpkgs where there is none: knows the names that our flake may use, and builds nothing";

  outputs =
    { self }:
    let
      names = [
        "buf"
        "bashInteractive"
        "cargo"
        "cargo-deny"
        "chromium"
        "clippy"
        "coreutils"
        "curl"
        "figlet"
        "gnugrep"
        "gnused"
        "grpcurl"
        "jq"
        "nodejs_22"
        "ollama"
        "ollama-cuda"
        "process-compose"
        "python3"
        "rustc"
        "rustfmt"
        "shellcheck"
        "sqlite"
        "tmux"
      ];
      fake =
        system: name:
        derivation {
          inherit name system;
          builder = "/bin/sh";
          args = [ "-c" "echo > $out" ];
        }
        // {
          pname = name;
          version = "1.99.0";
          override = _: fake system name;
        };
      genAttrs = names: make: builtins.listToAttrs (map (name: { inherit name; value = make name; }) names);
    in
    {
      lib = {
        inherit genAttrs;
        optionals = condition: list: if condition then list else [ ];
        optionalString = condition: text: if condition then text else "";
        makeBinPath = packages: builtins.concatStringsSep ":" (map (package: "${package.name}/bin") packages);
        versionAtLeast = a: b: builtins.compareVersions a b >= 0;
        assertMsg = condition: message: condition || builtins.throw message;
        cleanSource = source: source;
        licenses.mit = "MIT";
      };
      legacyPackages = genAttrs [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ] (
        system:
        genAttrs names (fake system)
        // {
          stdenv.hostPlatform = {
            inherit system;
            isLinux = builtins.match ".*-linux" system != null;
          };
          python3 = fake system "python3" // { withPackages = choose: fake system "python3-env"; };
          mkShell = arguments: fake system "shell" // arguments;
          runCommand = name: arguments: script: fake system name;
          writeShellApplication = arguments: fake system arguments.name;
          symlinkJoin = arguments: fake system arguments.name;
          rustPlatform.buildRustPackage = arguments: fake system arguments.pname;
        }
      );
    };
}
