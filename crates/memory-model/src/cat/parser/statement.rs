//! Statements.

use super::super::error::Fault;
use super::super::lexer::Token;
use super::super::syntax::{Property, Statement, StatementKind, Symbol, Test, TestKind, Variant};
use super::Parser;

impl Parser<'_> {
    /// The title of a file: one or two names or strings, and options of old files, which mean nothing here.
    pub(super) fn title(&mut self) -> Option<String> {
        let mut title = None;
        for _ in 0..2 {
            match self.peek() {
                Token::Name(text) | Token::String(text) => title = Some(text.clone()),
                _ => break,
            }
            self.advance();
        }
        const OPTIONS: [&str; 6] = ["withco", "withoutco", "withinit", "withoutinit", "withsc", "withoutsc"];
        while matches!(self.peek(), Token::Name(name) if OPTIONS.contains(&&**name)) {
            self.advance();
        }
        title
    }

    pub(super) fn statement(&mut self) -> Result<Statement, Fault> {
        self.nested(|parser| {
            let start = parser.span();
            let kind = parser.statement_kind()?;
            Ok(Statement { kind, span: start.to(parser.previous()) })
        })
    }

    fn statement_kind(&mut self) -> Result<StatementKind, Fault> {
        let keyword = match self.peek() {
            Token::Keyword(keyword) => *keyword,
            Token::Symbol("~") => return Ok(StatementKind::Test(TestKind::Check, Box::new(self.test()?))),
            Token::Name(name) if name == "requires" => {
                self.advance();
                return Ok(StatementKind::Test(TestKind::UndefinedUnless, Box::new(self.test()?)));
            }
            _ => return Err(self.unexpected("a statement")),
        };
        if matches!(keyword, "acyclic" | "irreflexive" | "empty") {
            return Ok(StatementKind::Test(TestKind::Check, Box::new(self.test()?)));
        }
        self.advance();
        Ok(match keyword {
            "let" => self.definition()?,
            "undefined_unless" => StatementKind::Test(TestKind::UndefinedUnless, Box::new(self.test()?)),
            "flag" => StatementKind::Test(TestKind::Flag, Box::new(self.test()?)),
            "assert" => StatementKind::Test(TestKind::Assert, Box::new(self.test()?)),
            "show" => self.show()?,
            "unshow" => StatementKind::Unshow(self.name_list()?),
            "include" => StatementKind::Include(self.string()?),
            "procedure" => self.procedure()?,
            "call" => {
                let procedure = self.name()?;
                let argument = Box::new(self.primary()?);
                StatementKind::Call { procedure, argument, name: self.optional_name()? }
            }
            "debug" => StatementKind::Debug(Box::new(self.expression()?)),
            "forall" => {
                let variable = self.name()?;
                self.expect_keyword("in")?;
                let set = Box::new(self.expression()?);
                self.expect_keyword("do")?;
                let body = self.body()?;
                StatementKind::Forall { variable, set, body }
            }
            "with" => {
                let variable = self.name()?;
                self.expect_keyword("from")?;
                StatementKind::With { variable, from: Box::new(self.expression()?) }
            }
            "enum" => self.enumeration()?,
            "instructions" | "default" => {
                self.name()?;
                self.expect_symbol("[")?;
                StatementKind::Instructions(self.arguments("]")?)
            }
            "if" => self.if_variant()?,
            "match" => self.match_statement()?,
            _ => {
                self.at -= 1;
                return Err(self.unexpected("a statement"));
            }
        })
    }

    /// After `let`.
    fn definition(&mut self) -> Result<StatementKind, Fault> {
        let is_recursive = self.skip_keyword("rec");
        let bindings = self.bindings()?;
        let kind = if is_recursive {
            let guard = if self.skip_keyword("when") { Some(Box::new(self.test()?)) } else { None };
            StatementKind::LetRec(bindings, guard)
        } else {
            StatementKind::Let(bindings)
        };
        self.skip_keyword("in");
        Ok(kind)
    }

    /// `acyclic e as name`, perhaps with `~` before it.
    fn test(&mut self) -> Result<Test, Fault> {
        let start = self.span();
        let negated = self.skip_symbol("~");
        let property = if self.skip_keyword("acyclic") {
            Property::Acyclic
        } else if self.skip_keyword("irreflexive") {
            Property::Irreflexive
        } else if self.skip_keyword("empty") {
            Property::Empty
        } else {
            return Err(self.unexpected("`acyclic`, `irreflexive` or `empty`"));
        };
        let value = self.expression()?;
        let name = self.optional_name()?;
        Ok(Test { negated, property, value, name, span: start.to(self.previous()) })
    }

    fn optional_name(&mut self) -> Result<Option<Symbol>, Fault> {
        if self.skip_keyword("as") { self.name().map(Some) } else { Ok(None) }
    }

    fn show(&mut self) -> Result<StatementKind, Fault> {
        let is_list = matches!(self.peek(), Token::Name(_))
            && !matches!(self.look(1), Token::Keyword("as"))
            && !self.shows_expression();
        if is_list {
            return Ok(StatementKind::Show(self.name_list()?));
        }
        let value = Box::new(self.operators(0)?);
        self.expect_keyword("as")?;
        Ok(StatementKind::ShowAs(value, self.name()?))
    }

    /// Whether what follows the name is more of an expression: an operator or an argument.
    fn shows_expression(&self) -> bool {
        match self.look(1) {
            Token::Symbol(symbol) => *symbol != ",",
            Token::Tag(_) => true,
            Token::Name(name) => name != "requires",
            Token::Keyword(keyword) => *keyword == "begin",
            Token::String(_) | Token::End => false,
        }
    }

    fn name_list(&mut self) -> Result<Vec<Symbol>, Fault> {
        let mut names = vec![self.name()?];
        while self.skip_symbol(",") {
            names.push(self.name()?);
        }
        Ok(names)
    }

    /// Statements up to and with `end`.
    fn body(&mut self) -> Result<Vec<Statement>, Fault> {
        let mut body = Vec::new();
        while !self.skip_keyword("end") {
            body.push(self.statement()?);
        }
        Ok(body)
    }

    fn procedure(&mut self) -> Result<StatementKind, Fault> {
        let recursive = self.skip_keyword("rec");
        let name = self.name()?;
        let parameter = self.parameter()?;
        self.expect_symbol("=")?;
        Ok(StatementKind::Procedure { name, parameter, body: self.body()?, recursive })
    }

    fn enumeration(&mut self) -> Result<StatementKind, Fault> {
        let name = self.name()?;
        self.expect_symbol("=")?;
        self.skip_symbol("||");
        let mut tags = vec![self.tag()?];
        while self.skip_symbol("||") {
            tags.push(self.tag()?);
        }
        Ok(StatementKind::Enum { name, tags })
    }

    /// After `if`: statements for a variant.
    fn if_variant(&mut self) -> Result<StatementKind, Fault> {
        let condition = self.variant()?;
        self.skip_keyword("then");
        let (mut then, mut otherwise) = (Vec::new(), Vec::new());
        while !self.is_keyword("else") && !self.is_keyword("end") {
            then.push(self.statement()?);
        }
        if self.skip_keyword("else") {
            otherwise = self.body()?;
        } else {
            self.expect_keyword("end")?;
        }
        Ok(StatementKind::IfVariant { condition, then, otherwise })
    }

    /// Strings with `~`, `not`, `&&`, `&`, `||`, `|` and parentheses.
    pub(super) fn variant(&mut self) -> Result<Variant, Fault> {
        let mut left = self.variant_conjunction()?;
        while self.skip_symbol("||") || self.skip_symbol("|") {
            self.operator()?;
            left = Variant::Or(Box::new((left, self.variant_conjunction()?)));
        }
        Ok(left)
    }

    fn variant_conjunction(&mut self) -> Result<Variant, Fault> {
        let mut left = self.variant_operand()?;
        while self.skip_symbol("&&") || self.skip_symbol("&") {
            self.operator()?;
            left = Variant::And(Box::new((left, self.variant_operand()?)));
        }
        Ok(left)
    }

    fn variant_operand(&mut self) -> Result<Variant, Fault> {
        self.nested(|parser| {
            let is_not = matches!(parser.peek(), Token::Name(name) if name == "not");
            if is_not || parser.is_symbol("~") {
                parser.advance();
                return Ok(Variant::Not(Box::new(parser.variant_operand()?)));
            }
            if parser.skip_symbol("(") {
                let inner = parser.variant()?;
                parser.expect_symbol(")")?;
                return Ok(inner);
            }
            match parser.peek() {
                Token::String(_) => parser.string().map(Variant::Is),
                _ => Err(parser.unexpected("the name of a variant, as a string")),
            }
        })
    }

    fn match_statement(&mut self) -> Result<StatementKind, Fault> {
        let value = Box::new(self.expression()?);
        self.expect_keyword("with")?;
        self.skip_symbol("||");
        let (mut clauses, mut otherwise) = (Vec::new(), None);
        loop {
            let is_default = self.skip_symbol("_");
            let tag = if is_default { None } else { Some(self.tag()?) };
            self.expect_symbol("->")?;
            let mut body = Vec::new();
            while !self.is_symbol("||") && !self.is_keyword("end") {
                body.push(self.statement()?);
            }
            match tag {
                Some(tag) => clauses.push((tag, body)),
                None => otherwise = Some(body),
            }
            if is_default || !self.skip_symbol("||") {
                break;
            }
        }
        self.expect_keyword("end")?;
        Ok(StatementKind::Match { value, clauses, otherwise })
    }
}
