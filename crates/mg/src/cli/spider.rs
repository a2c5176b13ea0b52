//! `mg spider` on the command line.

use clap::Subcommand;
use url::Url;

/// What to do with spiders.
#[derive(Debug, Subcommand)]
pub(crate) enum SpiderCommand {
    /// List the spiders, those in Rust and those declared by files
    #[command(after_help = "Example:\n  mg spider list --json")]
    List,
    /// Check the files of spiders; fails when one is wrong, and says where and why
    #[command(
        after_help = "Examples:\n  mg spider check\n  mg spider check annonces\n  mg spider check ./essai.toml"
    )]
    Check {
        /// Names or files; without one, all of the folder
        #[arg(value_name = "FILE|NAME")]
        spiders: Vec<String>,
    },
    /// Read some pages with a declared spider and show what comes of them; writes nothing
    #[command(
        after_help = "Examples:\n  mg spider try annonces\n  mg spider try ./essai.toml https://www.example.fr/page/2 --pages 1"
    )]
    Try {
        /// Name or file of the spider
        #[arg(value_name = "FILE|NAME")]
        spider: String,
        /// A page to begin with, in the place of those of the file
        url: Option<Url>,
        /// Most pages that are read
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        pages: u64,
        /// Most records that are shown
        #[arg(long, default_value_t = 20)]
        rows: usize,
    },
    /// Look at a page and write the first draft of a spider's file
    #[command(
        after_help = "Examples:\n  mg spider new https://www.example.fr/annonces\n  mg spider new https://www.example.fr/carte --browser --name carte"
    )]
    New {
        /// A page as the spider would read it
        url: Url,
        /// Name of the spider and of its file; without it, by the page's address
        #[arg(long)]
        name: Option<String>,
        /// Look at it through a browser: the page is filled by a script
        #[arg(long)]
        browser: bool,
    },
}
