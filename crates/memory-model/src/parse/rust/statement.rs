//! Statements, blocks and patterns of threads written in Rust.

use super::parser::Parser;
use super::syntax::{Arm, Block, LoopKind, Node, NodeKind, Pattern, PatternKind, Stmt};
use super::types::Type;
use crate::parse::cursor::Parsed;
use crate::parse::error::ParseErrorKind;
use crate::parse::lexer::Token;

/// The most alternatives of one pattern.
const MAX_ALTERNATIVES: usize = 50;

impl Parser<'_, '_> {
    /// `{ statements; value }`
    pub(super) fn block(&mut self) -> Parsed<Block> {
        self.cursor.expect("{")?;
        self.cursor.enter()?;
        let block = self.block_body()?;
        self.cursor.leave();
        self.cursor.expect("}")?;
        Ok(block)
    }

    /// Statements up to a closing brace, which stays.
    pub(super) fn block_body(&mut self) -> Parsed<Block> {
        let mut block = Block::default();
        loop {
            if self.cursor.is("}") {
                return Ok(block);
            }
            if self.cursor.token == Token::End {
                return Err(self.cursor.unexpected("a statement or `}`"));
            }
            if self.cursor.take(";")? {
                continue;
            }
            if self.cursor.take_name("use")? {
                // Names are known by their last part, however they came into scope.
                while !self.cursor.is(";") && self.cursor.token != Token::End {
                    self.cursor.advance()?;
                }
                self.cursor.expect(";")?;
                continue;
            }
            if self.cursor.is_name("let") {
                block.body.push(self.let_()?);
                continue;
            }
            let is_block_like = self.starts_block();
            let node = if is_block_like { self.block_like()? } else { self.expression()? };
            if self.cursor.take(";")? {
                // The value of `{ ... };` is dropped.
                block.body.push(Stmt::Expression(node));
            } else if self.cursor.is("}") {
                block.value = Some(Box::new(node));
                return Ok(block);
            } else if node.kind.is_block_like() && is_block_like {
                block.body.push(Stmt::Expression(node));
            } else {
                return Err(self.cursor.unexpected("`;`"));
            }
        }
    }

    fn starts_block(&self) -> bool {
        let keyword = ["unsafe", "if", "match", "loop", "while", "for"].iter().any(|word| self.cursor.is_name(word));
        keyword || self.cursor.is("{") || self.cursor.is("'")
    }

    /// A block, branch or loop that stands as a statement: no operator follows.
    fn block_like(&mut self) -> Parsed<Node> {
        let start = self.cursor.span.0;
        self.cursor.enter()?;
        let node = if self.cursor.is("{") || self.cursor.take_name("unsafe")? {
            self.block_expression(start)
        } else if self.cursor.is("'") {
            self.labelled(start)
        } else if self.cursor.is_name("if") {
            self.if_(start)
        } else if self.cursor.is_name("match") {
            self.match_(start)
        } else {
            self.loop_(start, None)
        };
        self.cursor.leave();
        node
    }

    pub(super) fn block_expression(&mut self, start: usize) -> Parsed<Node> {
        let block = self.block()?;
        self.node(start, NodeKind::Block(block))
    }

    /// `let pattern: type = value else { ... };`
    fn let_(&mut self) -> Parsed<Stmt> {
        self.cursor.advance()?;
        let pattern = self.pattern()?;
        let mut is_bool = false;
        if self.cursor.take(":")? {
            is_bool = self.type_()? == Type::Bool;
        }
        let value = if self.cursor.take("=")? { Some(self.expression()?) } else { None };
        let otherwise = if self.cursor.take_name("else")? { Some(self.block()?) } else { None };
        self.cursor.expect(";")?;
        Ok(Stmt::Let { pattern, value, is_bool, otherwise })
    }

    pub(super) fn if_(&mut self, start: usize) -> Parsed<Node> {
        self.cursor.advance()?;
        let condition = Box::new(self.condition()?);
        let then = self.block()?;
        let otherwise = if self.cursor.take_name("else")? {
            let start = self.cursor.span.0;
            self.cursor.enter()?;
            let node = if self.cursor.is_name("if") { self.if_(start) } else { self.block_expression(start) };
            self.cursor.leave();
            Some(Box::new(node?))
        } else {
            None
        };
        self.node(start, NodeKind::If { condition, then, otherwise })
    }

    pub(super) fn match_(&mut self, start: usize) -> Parsed<Node> {
        self.cursor.advance()?;
        let value = self.expression()?;
        self.cursor.expect("{")?;
        let mut arms = Vec::new();
        while !self.cursor.is("}") {
            let pattern = self.pattern()?;
            let guard = if self.cursor.take_name("if")? { Some(self.expression()?) } else { None };
            self.cursor.expect("=>")?;
            let body = self.expression()?;
            let separated = self.cursor.take(",")?;
            if !separated && !self.cursor.is("}") && !body.kind.is_block_like() {
                return Err(self.cursor.unexpected("`,` or `}`"));
            }
            arms.push(Arm { pattern, guard, body });
        }
        self.cursor.expect("}")?;
        self.node(start, NodeKind::Match(Box::new(value), arms))
    }

    /// `'label: loop { ... }`
    pub(super) fn labelled(&mut self, start: usize) -> Parsed<Node> {
        let label = self.label()?;
        self.cursor.expect(":")?;
        if !["loop", "while", "for"].iter().any(|word| self.cursor.is_name(word)) {
            return Err(self.cursor.unexpected("`loop`, `while` or `for`"));
        }
        self.loop_(start, label)
    }

    /// `'name`, if it stands here.
    fn label(&mut self) -> Parsed<Option<String>> {
        if !self.cursor.take("'")? {
            return Ok(None);
        }
        Ok(Some(self.cursor.name("the name of a label")?.0))
    }

    pub(super) fn loop_(&mut self, start: usize, label: Option<String>) -> Parsed<Node> {
        let kind = if self.cursor.take_name("loop")? {
            LoopKind::Loop
        } else if self.cursor.take_name("while")? {
            LoopKind::While(Box::new(self.condition()?))
        } else {
            self.cursor.advance()?;
            let pattern = self.single_pattern()?;
            if !self.cursor.take_name("in")? {
                return Err(self.cursor.unexpected("`in`"));
            }
            let from = Box::new(self.expression()?);
            if !(self.cursor.take(".")? && self.cursor.take(".")?) {
                return Err(self.cursor.unexpected("a range, such as `0..3`"));
            }
            let inclusive = self.cursor.take("=")?;
            let to = Box::new(self.expression()?);
            LoopKind::For { pattern, from, to, inclusive }
        };
        let body = self.block()?;
        self.node(start, NodeKind::Loop { label, kind, body })
    }

    /// `break`, `continue` or `return`.
    pub(super) fn jump(&mut self, start: usize) -> Parsed<Node> {
        if self.cursor.take_name("return")? {
            return self.node(start, NodeKind::Return);
        }
        if self.cursor.take_name("continue")? {
            let label = self.label()?;
            return self.node(start, NodeKind::Continue(label));
        }
        self.cursor.advance()?;
        let label = self.label()?;
        let ends = [";", "}", ",", ")"].iter().any(|symbol| self.cursor.is(symbol));
        let value = if ends { None } else { Some(Box::new(self.expression()?)) };
        self.node(start, NodeKind::Break(label, value))
    }

    /// `Ok(0 | 1) | Err(_)`
    pub(super) fn pattern(&mut self) -> Parsed<Pattern> {
        self.cursor.enter()?;
        let result = self.pattern_here();
        self.cursor.leave();
        result
    }

    fn pattern_here(&mut self) -> Parsed<Pattern> {
        let start = self.cursor.span.0;
        self.cursor.take("|")?;
        let first = self.single_pattern()?;
        if !self.cursor.is("|") {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.cursor.take("|")? {
            if all.len() >= MAX_ALTERNATIVES {
                return Err(self.cursor.error(ParseErrorKind::TooDeep, self.cursor.span));
            }
            all.push(self.single_pattern()?);
        }
        Ok(Pattern { kind: PatternKind::Or(all), span: (start, self.cursor.end) })
    }

    pub(super) fn single_pattern(&mut self) -> Parsed<Pattern> {
        let (start, span) = (self.cursor.span.0, self.cursor.span);
        let negative = self.cursor.take("-")?;
        if let Token::Number(value) = self.cursor.token {
            self.cursor.advance()?;
            let value = if negative { value.wrapping_neg() } else { value };
            return Ok(Pattern { kind: PatternKind::Number(value), span: (start, self.cursor.end) });
        }
        if negative {
            return Err(self.cursor.unexpected("a number"));
        }
        if self.cursor.take("(")? {
            let inner = self.pattern()?;
            self.cursor.expect(")")?;
            return Ok(inner);
        }
        let kind = if self.cursor.take_name("_")? {
            PatternKind::Wild
        } else if self.cursor.is_name("true") || self.cursor.is_name("false") {
            let value = self.cursor.is_name("true");
            self.cursor.advance()?;
            PatternKind::Bool(value)
        } else if self.cursor.take_name("mut")? {
            PatternKind::Bind { name: self.cursor.name("the name of a variable")?.0, mutable: true }
        } else {
            let path = self.path("a pattern")?;
            let name = path.last().cloned().unwrap_or_default();
            if self.cursor.take("(")? {
                if name != "Ok" && name != "Err" {
                    let (found, expected) = (format!("`{name}`"), "`Ok(...)` or `Err(...)`".to_owned());
                    return Err(self.cursor.error(ParseErrorKind::Unexpected { found, expected }, span));
                }
                let inner = self.pattern()?;
                self.cursor.expect(")")?;
                PatternKind::Variant(name == "Ok", Box::new(inner))
            } else if path.len() == 1 {
                PatternKind::Bind { name, mutable: false }
            } else {
                let (found, expected) = (format!("`{}`", path.join("::")), "a number or a name".to_owned());
                return Err(self.cursor.error(ParseErrorKind::Unexpected { found, expected }, span));
            }
        };
        Ok(Pattern { kind, span: (start, self.cursor.end) })
    }
}
