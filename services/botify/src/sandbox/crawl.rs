//! A made-up crawl: a tree of pages with cross links, from which every other number follows. The same size always
//! gives the same crawl.
use std::collections::{HashSet, VecDeque};

const FAN: usize = 12;
const RANK_ROUNDS: usize = 20;
const DAMPING: f64 = 0.85;
const PLANTS: [&str; 12] = [
    "roses", "ferns", "herbs", "bulbs", "tools", "pots", "seeds", "soil", "trees", "lamps",
    "ponds", "books",
];

/// A crawl.
#[derive(Debug)]
pub(crate) struct Crawl {
    /// The pages, from the home page down.
    pub(super) pages: Vec<Page>,
    /// The links of each page, repeated ones included.
    pub(super) links: Vec<Vec<usize>>,
}

/// One page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(super) url: String,
    pub(super) pagetype: &'static str,
    pub(super) http_code: u16,
    pub(super) byte_size: u64,
    /// Clicks from the home page.
    pub(super) depth: u64,
    /// Links to it, and pages that link to it.
    pub(super) inlinks: (u64, u64),
    /// Links from it, and pages that it links to.
    pub(super) outlinks: (u64, u64),
    /// Share of all clicks, and place in that order from 1.
    pub(super) rank: (f64, u64),
    /// Visits from search engines in a month.
    pub(super) visits: u64,
}

impl Crawl {
    /// Makes up a crawl of so many pages.
    pub(super) fn make(host: &str, pages: usize) -> Self {
        let links: Vec<Vec<usize>> = (0..pages).map(|page| links(page, pages)).collect();
        let (depths, ranks) = (depths(&links), ranks(&links));
        let (positions, inlinks) = (positions(&ranks), inlinks(&links));
        let page = |i: usize| Page {
            url: format!("https://{host}{}", path(i)),
            pagetype: pagetype(i),
            http_code: http_code(i, pages),
            byte_size: 8_000 + chance(i, 1) % 90_000,
            depth: depths[i],
            inlinks: inlinks[i],
            outlinks: (links[i].len() as u64, unique(&links[i]) as u64),
            rank: (ranks[i], positions[i]),
            visits: (ranks[i] * 40_000.0) as u64 * (chance(i, 2) % 3),
        };
        let pages = (0..pages).map(page).collect();
        Self { pages, links }
    }
}

impl Page {
    /// Whether search engines may show it.
    pub(super) fn is_compliant(&self) -> bool {
        self.http_code == 200 && !self.url.contains('?')
    }

    /// Returns why they may not.
    pub(super) fn main_reason(&self) -> &'static str {
        match self.http_code {
            200 if self.is_compliant() => "compliant",
            200 => "canonical_not_equal",
            _ => "http_code",
        }
    }

    /// Returns its title; broken pages have none.
    pub(super) fn title(&self) -> Option<String> {
        let slug = self.url.trim_end_matches('/').rsplit('/').next()?;
        (self.http_code == 200).then(|| format!("{} - {}", slug.replace('-', " "), self.pagetype))
    }
}

/// Returns a number that looks like chance and is always the same (splitmix64).
fn chance(page: usize, salt: u64) -> u64 {
    let mut x = (page as u64)
        .wrapping_add(salt << 32)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn level(page: usize) -> usize {
    std::iter::successors(Some(page), |&p| (p > 0).then(|| (p - 1) / FAN)).count() - 1
}

fn pagetype(page: usize) -> &'static str {
    match (level(page), chance(page, 3) % 10) {
        (0, _) => "home",
        (1, _) => "category",
        (2, _) => "category/sub",
        (_, 0..=5) => "product",
        (_, 6..=7) => "article/advice",
        _ => "article/news",
    }
}

fn path(page: usize) -> String {
    if page == 0 {
        return "/".to_owned();
    }
    let plant = PLANTS[(page - 1) % FAN];
    let parent = (page - 1) / FAN;
    match pagetype(page) {
        "category" => format!("/{plant}/"),
        "category/sub" => format!("{}{plant}-{page}/", path(parent)),
        // Every fiftieth page is a filtered twin of the same thing.
        kind if page.is_multiple_of(50) => format!("/{}/{plant}-{page}?sort=price", folder(kind)),
        kind => format!("/{}/{plant}-{page}", folder(kind)),
    }
}

fn folder(pagetype: &str) -> &str {
    pagetype.rsplit('/').next().unwrap_or(pagetype)
}

/// Returns the HTTP code; only pages at the end of the tree may be broken, or what is below them would be lost.
fn http_code(page: usize, pages: usize) -> u16 {
    if page * FAN + 1 < pages {
        return 200;
    }
    match chance(page, 4) % 100 {
        0..=2 => 404,
        3..=6 => 301,
        7 => 500,
        _ => 200,
    }
}

fn links(page: usize, pages: usize) -> Vec<usize> {
    if http_code(page, pages) != 200 {
        return Vec::new();
    }
    let children = (page * FAN + 1..=page * FAN + FAN).filter(|&child| child < pages);
    let menu = 0..=FAN.min(pages - 1);
    let related = (0..chance(page, 5) % 8).map(|n| chance(page, 6 + n % 6) as usize % pages);
    // The logo and the footer both lead home, as they do everywhere.
    menu.chain([0]).chain(children).chain(related).collect()
}

fn unique(links: &[usize]) -> usize {
    links.iter().collect::<HashSet<_>>().len()
}

fn inlinks(links: &[Vec<usize>]) -> Vec<(u64, u64)> {
    let mut inlinks = vec![(0, 0); links.len()];
    for targets in links {
        for &target in targets {
            inlinks[target].0 += 1;
        }
        for &target in targets.iter().collect::<HashSet<_>>() {
            inlinks[target].1 += 1;
        }
    }
    inlinks
}

fn depths(links: &[Vec<usize>]) -> Vec<u64> {
    let mut depths = vec![u64::MAX; links.len()];
    depths[0] = 0;
    let mut queue = VecDeque::from([0]);
    while let Some(page) = queue.pop_front() {
        for &target in &links[page] {
            if depths[target] == u64::MAX {
                depths[target] = depths[page] + 1;
                queue.push_back(target);
            }
        }
    }
    depths
}

fn ranks(links: &[Vec<usize>]) -> Vec<f64> {
    let pages = links.len() as f64;
    let mut ranks = vec![1.0 / pages; links.len()];
    for _ in 0..RANK_ROUNDS {
        let lost: f64 = (0..links.len())
            .filter(|&page| links[page].is_empty())
            .map(|page| ranks[page])
            .sum();
        let mut next = vec![(1.0 - DAMPING + DAMPING * lost) / pages; links.len()];
        for (page, targets) in links.iter().enumerate() {
            for &target in targets {
                next[target] += DAMPING * ranks[page] / targets.len() as f64;
            }
        }
        ranks = next;
    }
    ranks
}

fn positions(ranks: &[f64]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    order.sort_by(|&a, &b| ranks[b].total_cmp(&ranks[a]).then(a.cmp(&b)));
    let mut positions = vec![0; ranks.len()];
    for (position, page) in order.into_iter().enumerate() {
        positions[page] = position as u64 + 1;
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_reached_and_every_link_counted() {
        let crawl = Crawl::make("x.example", 1000);
        let urls: HashSet<&str> = crawl.pages.iter().map(|page| page.url.as_str()).collect();
        assert_eq!(urls.len(), 1000);
        assert!(crawl.pages.iter().all(|page| page.depth < 10));
        let total = |of: fn(&Page) -> u64| crawl.pages.iter().map(of).sum::<u64>();
        assert_eq!(total(|page| page.inlinks.0), total(|page| page.outlinks.0));
        assert_eq!(total(|page| page.inlinks.1), total(|page| page.outlinks.1));
        let shares: f64 = crawl.pages.iter().map(|page| page.rank.0).sum();
        assert!((shares - 1.0).abs() < 1e-9, "{shares}");
    }

    #[test]
    fn a_crawl_is_the_same_every_time() {
        let made = || format!("{:?}", Crawl::make("x.example", 300));
        assert_eq!(made(), made());
    }
}
