//! Where boxes and lines go: layers from left to right, each box in the first layer after all that
//! it waits for (Sugiyama, Tagawa and Toda, 1981). A line that passes a layer has a place of its own
//! there, so it goes between boxes and not across them.

/// How often the order within layers is mended, and then the heights.
const SWEEPS: usize = 8;
/// Between layers, and between what stands above each other in one, pixels.
const GAP_X: f64 = 56.0;
const GAP_Y: f64 = 20.0;

/// Width and height of a box, pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Where things are: pixels from the upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// Of the whole.
    pub(super) size: Size,
    /// Left and upper side of each box.
    pub(super) corners: Vec<(f64, f64)>,
    /// For each edge the stretches that it runs straight, from left to right: out of its box, through
    /// the layers that it passes, and from the side of the box that it ends at.
    pub(super) lines: Vec<Vec<Stretch>>,
}

/// A stretch of a line at height `y`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) y: f64,
}

/// A box, or where a line passes.
#[derive(Debug, Clone)]
struct Node {
    layer: usize,
    size: Size,
    /// Height of its middle.
    y: f64,
    before: Vec<usize>,
    after: Vec<usize>,
}

/// Lays out boxes and edges from one box to a later one of the list.
pub(super) fn lay_out(sizes: &[Size], edges: &[(usize, usize)]) -> Layout {
    let (mut nodes, ways) = layered(sizes, edges);
    let mut layers: Vec<Vec<usize>> = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        layers.resize(layers.len().max(node.layer + 1), Vec::new());
        layers[node.layer].push(number);
    }
    order(&nodes, &mut layers);
    set_heights(&mut nodes, &layers);

    let widths: Vec<f64> = layers
        .iter()
        .map(|layer| layer.iter().map(|node| nodes[*node].size.width).fold(0.0, f64::max))
        .collect();
    let left = |layer: usize| widths[..layer].iter().map(|width| width + GAP_X).sum::<f64>();
    // A line leaves its box straight up to the end of the layer, where no wider box is in its way.
    let stretch = |(place, number): (usize, &usize)| {
        let node = &nodes[*number];
        let (from, end) = (left(node.layer), left(node.layer) + widths[node.layer]);
        let from = if place == 0 { from + node.size.width } else { from };
        Stretch { from, to: end, y: node.y }
    };
    let bottom = nodes.iter().map(|node| node.y + node.size.height / 2.0).fold(0.0, f64::max);
    let width = (left(layers.len()) - GAP_X).max(0.0);
    Layout {
        size: Size { width, height: bottom },
        corners: nodes[..sizes.len()]
            .iter()
            .map(|node| (left(node.layer), node.y - node.size.height / 2.0))
            .collect(),
        lines: ways.iter().map(|way| way.iter().enumerate().map(stretch).collect()).collect(),
    }
}

/// The boxes in their layers, with a node wherever a line passes a layer; and each line's way.
fn layered(sizes: &[Size], edges: &[(usize, usize)]) -> (Vec<Node>, Vec<Vec<usize>>) {
    let mut nodes: Vec<Node> = Vec::new();
    for (number, size) in sizes.iter().enumerate() {
        let before = edges.iter().filter(|(_, to)| *to == number).map(|(from, _)| nodes[*from].layer + 1);
        let layer = before.max().unwrap_or(0);
        nodes.push(Node { layer, size: *size, y: 0.0, before: Vec::new(), after: Vec::new() });
    }
    let mut ways = Vec::new();
    for (from, to) in edges {
        let mut way = vec![*from];
        for layer in nodes[*from].layer + 1..nodes[*to].layer {
            let size = Size { width: 0.0, height: 0.0 };
            nodes.push(Node { layer, size, y: 0.0, before: Vec::new(), after: Vec::new() });
            way.push(nodes.len() - 1);
        }
        way.push(*to);
        for pair in way.windows(2) {
            nodes[pair[0]].after.push(pair[1]);
            nodes[pair[1]].before.push(pair[0]);
        }
        ways.push(way);
    }
    (nodes, ways)
}

/// Orders each layer by where its neighbours stand, to and fro, so that few lines cross.
fn order(nodes: &[Node], layers: &mut [Vec<usize>]) {
    let mut place = vec![0.0; nodes.len()];
    let note = |layer: &[usize], place: &mut [f64]| {
        for (number, node) in layer.iter().enumerate() {
            place[*node] = number as f64;
        }
    };
    layers.iter().for_each(|layer| note(layer, &mut place));
    for sweep in 0..SWEEPS {
        let forth = sweep % 2 == 0;
        for step in 0..layers.len() {
            let layer = &mut layers[if forth { step } else { layers.len() - 1 - step }];
            let wished = |node: &usize| {
                let neighbours = if forth { &nodes[*node].before } else { &nodes[*node].after };
                mean(neighbours.iter().map(|other| place[*other])).unwrap_or(place[*node])
            };
            layer.sort_by(|a, b| wished(a).total_cmp(&wished(b)));
            note(layer, &mut place);
        }
    }
}

/// Sets each node as near to its neighbours' height as the others of its layer let it.
fn set_heights(nodes: &mut [Node], layers: &[Vec<usize>]) {
    for sweep in 0..SWEEPS {
        let forth = sweep % 2 == 0;
        for step in 0..layers.len() {
            let layer = &layers[if forth { step } else { layers.len() - 1 - step }];
            let wished: Vec<f64> = layer
                .iter()
                .map(|number| {
                    let node = &nodes[*number];
                    let neighbours = if forth { &node.before } else { &node.after };
                    mean(neighbours.iter().map(|other| nodes[*other].y)).unwrap_or(node.y)
                })
                .collect();
            let heights: Vec<f64> = layer.iter().map(|number| nodes[*number].size.height).collect();
            for (number, y) in layer.iter().zip(apart(&wished, &heights)) {
                nodes[*number].y = y;
            }
        }
    }
    let top = nodes.iter().map(|node| node.y - node.size.height / 2.0).fold(f64::INFINITY, f64::min);
    nodes.iter_mut().for_each(|node| node.y -= top);
}

/// Middles in that order, apart by at least the gap, each wish missed by the same on average.
fn apart(wished: &[f64], heights: &[f64]) -> Vec<f64> {
    let mut set: Vec<f64> = Vec::new();
    for (number, wish) in wished.iter().enumerate() {
        let least =
            number.checked_sub(1).map(|above| set[above] + (heights[above] + heights[number]) / 2.0 + GAP_Y);
        set.push(least.map_or(*wish, |least| least.max(*wish)));
    }
    let pushed = mean(set.iter().zip(wished).map(|(set, wish)| set - wish)).unwrap_or(0.0);
    set.iter().map(|y| y - pushed).collect()
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0_u32), |(sum, count), number| (sum + number, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: Size = Size { width: 100.0, height: 40.0 };

    /// Boxes that no line touches but at its ends, and none that overlaps another.
    fn check(sizes: &[Size], edges: &[(usize, usize)]) {
        let layout = lay_out(sizes, edges);
        let rows: Vec<(f64, f64, f64, f64)> = layout
            .corners
            .iter()
            .zip(sizes)
            .map(|((x, y), size)| (*x, *y, x + size.width, y + size.height))
            .collect();
        for (number, (left, top, right, bottom)) in rows.iter().enumerate() {
            assert!(*left >= 0.0 && *top >= -1e-6);
            assert!(*right <= layout.size.width + 1e-6 && *bottom <= layout.size.height + 1e-6);
            for (x, y, other_right, other_bottom) in &rows[number + 1..] {
                let apart = other_right <= left || x >= right || other_bottom <= top || y >= bottom;
                assert!(apart, "boxes overlap: {rows:?}");
            }
            for line in &layout.lines {
                for passed in &line[..line.len() - 1] {
                    let beside = passed.to <= *left || passed.from >= *right;
                    assert!(beside || passed.y <= *top || passed.y >= *bottom, "{passed:?} crosses {number}");
                }
            }
        }
        for (line, (from, to)) in layout.lines.iter().zip(edges) {
            assert!(line.windows(2).all(|pair| pair[0].to < pair[1].from), "{line:?} goes back");
            assert!((line[0].from - rows[*from].2).abs() < 1e-6);
            assert!((line[line.len() - 1].from - rows[*to].0).abs() < 1e-6);
        }
    }

    #[test]
    fn nothing_overlaps_and_no_line_crosses_a_box() {
        check(&[BOX], &[]);
        check(&[BOX; 4], &[(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]);
        check(&[BOX; 6], &[(0, 5), (1, 4), (2, 3), (0, 3), (0, 4), (3, 4), (4, 5)]);
        check(&[BOX; 5], &[]);
    }

    #[test]
    fn random_dags_are_laid_out_as_well() {
        let mut state = 7_u64;
        let mut next = |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for _ in 0..200 {
            let count = 1 + usize::try_from(next(14)).expect("small");
            let sizes: Vec<Size> = (0..count)
                .map(|_| Size { width: 40.0 + next(200) as f64, height: 20.0 + next(60) as f64 })
                .collect();
            let pairs = (0..count).flat_map(|to| (0..to).map(move |from| (from, to)));
            let edges: Vec<(usize, usize)> = pairs.filter(|_| next(4) == 0).collect();
            check(&sizes, &edges);
        }
    }

    #[test]
    fn a_row_is_a_straight_line() {
        let layout = lay_out(&[BOX; 3], &[(0, 1), (1, 2)]);
        assert_eq!(layout.corners, [(0.0, 0.0), (156.0, 0.0), (312.0, 0.0)]);
        assert_eq!(layout.size, Size { width: 412.0, height: 40.0 });
    }
}
